"""TheHive alert: title, description, severity and observables; sourceRef is the case hash, so that the same verdict is known again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from magistrate.report.exporters import note_markdown
from magistrate.report.observables import ObservableKind, observables
from magistrate.report.ticket_fields import case_id, ticket_title
from magistrate.report.vocabularies import disposition_words, severity_words

if TYPE_CHECKING:
    from magistrate.report.observables import Observable
    from magistrate.report.view import View

SUFFIX = ".json"
AMBER = 2  # TLP and PAP of a case with names of hosts and accounts: not beyond who needs it


def render(view: View) -> str:
    """The alert as one JSON object; values of observables are as recorded, secrets masked."""
    return json.dumps(_alert(view), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _alert(view: View) -> dict[str, Any]:
    return {
        "type": "magistrate",
        "source": "magistrate",
        "sourceRef": view.case_hash,
        "title": ticket_title(view),
        "description": note_markdown.render(view),
        "severity": severity_words(view.severity).thehive_severity,
        "tlp": AMBER,
        "pap": AMBER,
        "tags": [case_id(view), disposition_words(view.disposition).jira_label, *view.techniques],
        "observables": [_observable(item) for item in observables(view)],
    }


def _observable(item: Observable) -> dict[str, Any]:
    return {
        "dataType": _data_type(item.kind),
        "data": item.value,
        "ioc": item.hostile,
        "message": f"{item.kind.value}; evidence {', '.join(item.evidence_ids)}",
    }


def _data_type(kind: ObservableKind) -> str:
    """The name that TheHive ships for a kind; what it has no name for is `other`."""
    if kind is ObservableKind.ADDRESS:
        return "ip"
    if kind is ObservableKind.HOST:
        return "hostname"
    if kind is ObservableKind.URL:
        return "url"
    if kind in (ObservableKind.SHA256, ObservableKind.SHA1, ObservableKind.MD5):
        return "hash"
    return "other"
