"""What the logs can and cannot show."""
