"""Sigma rules that the user brings: read, checked, compiled and matched over the event store."""
