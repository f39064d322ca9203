"""ATT&CK Navigator layer 4.5: every technique of the case with a score and the codes that speak for it.

A technique that the decision rests on has the score of the severity, every other one that of a case without any.
Excused and mitigating findings colour nothing. No text of a log stands in a layer, only codes and titles of ours.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from magistrate.report.ticket_fields import case_id, evidence_hash
from magistrate.report.vocabularies import severity_words

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".json"
DOMAIN = "enterprise-attack"
VERSIONS = {"layer": "4.5", "navigator": "4.9.0"}  # layer 4.5 is read by Navigator 4.9.0 and later
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


def render(view: View) -> str:
    """The layer as one JSON object; a case without findings still has the techniques of its verdict."""
    return json.dumps(_layer(view), indent=2, ensure_ascii=True) + "\n"


def _layer(view: View) -> dict[str, Any]:
    return {
        "name": case_id(view),
        "versions": VERSIONS,
        "domain": DOMAIN,
        "description": f"{view.disposition}, severity {view.severity or 'none'}",
        "metadata": [
            {"name": "case hash", "value": view.case_hash},
            {"name": "evidence SHA-256", "value": evidence_hash(view)},
        ],
        "gradient": {"colors": ["#fff7b3", "#ff6666"], "minValue": 0, "maxValue": 100},
        "hideDisabled": False,
        "techniques": [_technique(view, name, codes) for name, codes in sorted(_codes(view).items())],
    }


def _technique(view: View, name: str, codes: dict[str, str]) -> dict[str, Any]:
    decided = name in view.techniques
    return {
        "techniqueID": name,
        "score": severity_words(view.severity if decided else None).navigator_score,
        "comment": "; ".join(f"{code} {title}".strip() for code, title in codes.items()),
        "enabled": True,
        "metadata": [{"name": "finding", "value": code} for code in codes],
    }


def _codes(view: View) -> dict[str, dict[str, str]]:
    """Technique to the codes that speak for it, each with its title."""
    found: dict[str, dict[str, str]] = {name: {} for name in view.techniques if _TECHNIQUE.fullmatch(name)}
    for finding in view.findings:
        if finding.tier == "M" or finding.excused_by is not None:
            continue
        for name in finding.techniques:
            if _TECHNIQUE.fullmatch(name):
                found.setdefault(name, {})[finding.code] = finding.title
    for signal in view.signals:
        if signal.source == "pack":  # rules of others are named by others
            for name in filter(_TECHNIQUE.fullmatch, (signal.technique,)):
                found.setdefault(name, {})[signal.rule] = ""
    return found
