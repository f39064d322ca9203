"""Jira issue: summary, description, labels and priority; the label with the case hash finds an earlier issue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from magistrate.report.exporters import note
from magistrate.report.ticket_fields import case_id, ticket_title
from magistrate.report.vocabularies import disposition_words, severity_words

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".json"
LONGEST_SUMMARY = 255  # Jira refuses a longer one, and one with a line break


def render(view: View) -> str:
    """The fields of the issue as one JSON object; project and issue type are the site's and are left out."""
    return json.dumps({"fields": _fields(view)}, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _fields(view: View) -> dict[str, Any]:
    labels = ("magistrate", case_id(view), view.case_hash, disposition_words(view.disposition).jira_label)
    return {
        "summary": " ".join(ticket_title(view).split())[:LONGEST_SUMMARY],
        "description": note.render(view),
        "labels": ["".join(label.split()) for label in (*labels, *view.techniques)],  # Jira takes no spaces
        "priority": {"name": severity_words(view.severity).jira_priority},
    }
