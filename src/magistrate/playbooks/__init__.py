"""Playbooks as data: one folder a technique, read through `load`, examined by `check`."""
