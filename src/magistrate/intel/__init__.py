"""Threat intelligence of T2, offline: traces of tools, and lists of known values that the user gives."""
