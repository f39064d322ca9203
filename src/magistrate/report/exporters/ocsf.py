"""OCSF Detection Finding (class 2004): the verdict with techniques and observables, for a data lake."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from magistrate.report.citations import cited_records
from magistrate.report.exporters import note
from magistrate.report.observables import ObservableKind, observables
from magistrate.report.ticket_fields import ticket_title
from magistrate.report.vocabularies import disposition_words, severity_words

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".json"
SCHEMA_VERSION = "1.7.0"
CATEGORY, CLASS, CREATE = 2, 2004, 1
_OTHER = 99
_TYPES = {ObservableKind.HOST: 1, ObservableKind.ADDRESS: 2, ObservableKind.URL: 6}  # OCSF observable type_id


def render(view: View) -> str:
    """The finding as one JSON object; its time is the last one of the evidence, 0 where none is known."""
    return json.dumps(_finding(view), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _finding(view: View) -> dict[str, Any]:
    times = [item.record.utc for item in cited_records(view) if item.record.utc]
    words = disposition_words(view.disposition)
    return {
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "activity_id": CREATE,
        "type_uid": CLASS * 100 + CREATE,
        "time": _milliseconds(max(times)) if times else 0,
        "severity_id": severity_words(view.severity).ocsf_severity_id,
        "status_id": words.ocsf_status_id,
        "verdict_id": words.ocsf_verdict_id,
        "metadata": {
            "version": SCHEMA_VERSION,
            "product": {"name": "Magistrate", "vendor_name": "Magistrate", "version": view.version},
        },
        "finding_info": {
            "uid": view.case_hash,
            "title": ticket_title(view),
            "desc": note.render(view),
            "analytic": {"type_id": 1, "uid": view.rule, "name": view.rule_title or view.rule},
            "attacks": [{"technique": {"uid": name}} for name in view.techniques],
        },
        "evidences": [{"data": {"evidence_id": item.record.id}} for item in cited_records(view)],
        "observables": [
            {
                "name": f"magistrate.{item.kind.value}",
                "type_id": _TYPES.get(item.kind, _OTHER),
                "value": item.value,
            }
            for item in observables(view)
        ],
    }


def _milliseconds(utc: str) -> int:
    return int(datetime.fromisoformat(utc).timestamp() * 1000)
