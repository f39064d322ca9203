"""Magistrate examines a WMI alert (ATT&CK T1047): raw Windows logs in, a defended decision out."""

__version__ = "0.1.0"
