"""Sigma rules that the user brings: read, checked, compiled and matched over the event store."""

from __future__ import annotations

from magistrate.sigma.load import load_rules
from magistrate.sigma.match import match_rules

__all__ = ["load_rules", "match_rules"]
