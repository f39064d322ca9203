"""What earlier logs taught: a small baseline file that is fed from clean logs and read by later cases."""
