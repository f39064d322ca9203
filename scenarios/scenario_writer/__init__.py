"""Writes event log files for fixtures and the demo from scenarios that a person can read."""
