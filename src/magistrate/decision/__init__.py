"""Escalate, hold or close: the rules of the playbook over findings and answers, each firing with its facts."""

from __future__ import annotations

from magistrate.decision.model import Decision, Disposition, RuleFiring, WouldChange
from magistrate.decision.run import decide
from magistrate.decision.verdict import Label, to_label

__all__ = ["Decision", "Disposition", "Label", "RuleFiring", "WouldChange", "decide", "to_label"]
