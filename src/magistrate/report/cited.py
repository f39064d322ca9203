"""Which records a case cites, and which of them were recovered from slack."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from magistrate.activity.model import Candidate
from magistrate.events.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.case_file import CaseFile
    from magistrate.store.base import Store

_TABLE = "cited_record"
_QUERY = """
SELECT DISTINCT r.evidence_id AS evidence_id
FROM record r JOIN cited_record c ON c.evidence_id = r.evidence_id
WHERE r.recovered
"""


def cited_from_slack(store: Store, case: CaseFile) -> frozenset[str]:
    """Ids of the records that the case cites and that lie in slack."""
    ids = sorted(cited_ids(case))
    store.register(_TABLE, (("evidence_id", "text"),), ({"evidence_id": name} for name in ids))
    return frozenset(str(row["evidence_id"]) for row in store.query(_QUERY, name="cited from slack"))


def cited_ids(case: CaseFile) -> frozenset[str]:
    """Ids of all records that the case cites."""
    return frozenset(
        _cited(
            (
                case.stories,
                case.findings,
                case.signals,
                case.answers,
                case.deep_dive,
                case.lineage,
                case.alert,
            )
        )
    )


def _cited(value: object) -> Iterator[str]:
    """Every evidence id at any depth."""
    if isinstance(value, Evidence | Candidate):
        yield value.evidence_id
    elif isinstance(value, tuple):
        for item in value:
            yield from _cited(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _cited(getattr(value, field.name))
