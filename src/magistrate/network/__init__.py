"""What flows, names and byte counts show of command channels and outflow (triage practice 3.3)."""
