"""One module for each kind of thing that can be wrong in a playbook; every check notes all it finds."""
