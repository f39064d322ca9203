"""Keeps the raw text of every record that a case cites in the case, so that it stands without the evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.errors import ExportError
from magistrate.redaction import mask_secrets
from magistrate.report.cited import cited_ids
from magistrate.report.view import RawView
from magistrate.sources.durable import write_aside
from magistrate.sources.reread import place_of, read_again, sealed_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from magistrate.report.case_file import CaseFile
    from magistrate.sources.seals import Seal
    from magistrate.store.base import Row, Store

CITED_FILE = "cited.jsonl"
"""File of the case: one cited record a line, with its place and its raw text."""

_SQL = """
SELECT r.evidence_id, r.file, r.file_sha256, r.locator, e.raw
FROM cited c
JOIN record r ON r.evidence_id = c.evidence_id
LEFT JOIN event e ON e.evidence_id = c.evidence_id
ORDER BY r.evidence_id
"""


def keep_cited(
    store: Store, case: CaseFile, seals: Sequence[Seal], folder: Path, passwords: Sequence[str] = ()
) -> None:
    """Write the cited records of a case into its folder.

    Args:
        store: the events of the case.
        case: what was found out.
        seals: where the evidence lies.
        folder: the case.
        passwords: tried on locked archives.

    Raises:
        ExportError: the disk refused.
    """
    store.register(
        "cited", (("evidence_id", "text"),), [{"evidence_id": name} for name in sorted(cited_ids(case))]
    )
    rows = store.query(_SQL, name="cited records")
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if place_of(str(row["locator"])) is not None:
            wanted.setdefault(str(row["file_sha256"]), set()).add(str(row["locator"]))
    labels = {str(row["file"]) for row in rows if str(row["file_sha256"]) in wanted}
    texts = read_again(wanted, sealed_files(seals, labels), passwords) if wanted else {}
    lines = [_line(row, texts.get((str(row["file_sha256"]), str(row["locator"])))) for row in rows]
    try:
        write_aside(folder / CITED_FILE, "".join(lines).encode())
    except OSError as error:
        raise ExportError(
            f"The cited records cannot be kept ({error.strerror}).",
            location=str(folder / CITED_FILE),
            hint="Make room on the disk, then investigate again.",
        ) from error


def _line(row: Row, text: str | None) -> str:
    facts = {name: row[name] for name in ("evidence_id", "file", "file_sha256", "locator")}
    return json.dumps(facts | {"raw": row["raw"] if text is None else text}, ensure_ascii=True) + "\n"


def read_all_cited(folder: Path) -> tuple[RawView, ...]:
    """Every cited record that the case keeps, sorted by id, with secrets masked; none when the case keeps none."""
    path = folder / CITED_FILE
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8") as lines:
        return tuple(_raw_view(json.loads(line)) for line in lines)


def _raw_view(facts: dict[str, str | None]) -> RawView:
    text, _ = mask_secrets(facts["raw"] or "")
    return RawView(str(facts["evidence_id"]), str(facts["file"]), str(facts["locator"]), text)


def read_cited(folder: Path, evidence_id: str) -> str | None:
    """The raw text of a cited record as the case keeps it; None when the case does not cite it."""
    path = folder / CITED_FILE
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if evidence_id in line and (facts := json.loads(line))["evidence_id"] == evidence_id:
                raw: str | None = facts["raw"]
                return raw
    return None
