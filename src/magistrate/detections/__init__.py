"""Indicators become findings."""
