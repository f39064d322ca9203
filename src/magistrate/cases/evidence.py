"""Finds the record that a person names, so that no change rests on one that the case does not hold."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from magistrate.cases.files import EVENTS
from magistrate.errors import UsageError
from magistrate.report.kept_records import CITED_FILE

if TYPE_CHECKING:
    from pathlib import Path

_ID = re.compile(r"[0-9a-f]{4,16}")
_SQL = "SELECT DISTINCT evidence_id FROM record WHERE evidence_id LIKE :pattern ORDER BY evidence_id LIMIT 5"


def find_evidence(case: Path, named: str) -> str:
    """The whole id of a record of the case.

    Args:
        case: the folder of the case.
        named: the id or its first digits, four at least.

    Raises:
        UsageError: no record, or more than one, has such an id.
    """
    wanted = named.strip().lower()
    if not _ID.fullmatch(wanted):
        raise UsageError(
            "an evidence id is 4 to 16 hexadecimal digits.", location=named, hint="Copy one from a report."
        )
    ids = _cited(case, wanted)
    if len(ids) != 1:
        ids = _stored(case, wanted)
    if not ids:
        raise UsageError(
            f"no record of this case has the id {wanted}.", location=str(case), hint="Copy one from a report."
        )
    if len(ids) > 1:
        raise UsageError(f"more than one record has an id that starts so: {', '.join(ids)}.", location=wanted)
    return ids[0]


def _cited(case: Path, wanted: str) -> list[str]:
    """The cited records with such an id, but only for a whole id: others could start with the same digits."""
    path = case / CITED_FILE
    if len(wanted) < 16 or not path.is_file():
        return []
    with path.open(encoding="utf-8") as lines:
        return [wanted for line in lines if wanted in line and json.loads(line)["evidence_id"] == wanted]


def _stored(case: Path, wanted: str) -> list[str]:
    from magistrate.store.duckdb import DuckDBStore  # here and not above: a cited record needs no engine

    with DuckDBStore.open(case / EVENTS) as store:
        rows = store.query(_SQL, {"pattern": f"{wanted}%"}, name="evidence of a change")
    return [str(row["evidence_id"]) for row in rows]
