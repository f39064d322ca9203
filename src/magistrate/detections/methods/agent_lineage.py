"""M7: a management agent with a verified path and the signer expected there is the parent."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.activity.rows import text
from magistrate.detections.hit import Hit
from magistrate.detections.queries import sql
from magistrate.detections.register import acting_activities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator
    from magistrate.store.base import Row


@cache
def expected_signers() -> dict[str, str]:
    """Signer of the agent in each folder, both in lower case; a folder ends in a backslash.

    Raises:
        ValueError: a folder comes twice, is not a folder, or a row lacks its signer or its source.
    """
    raw = resources.files("magistrate.detections").joinpath("agent_signers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(raw.splitlines()))
    found = {row["folder"].lower(): row["signer"].lower() for row in rows}
    whole = all(row["folder"].endswith("\\") and row["signer"] and row["source"] for row in rows)
    if len(found) != len(rows) or not whole:
        raise ValueError("agent_signers.csv: each row needs a folder of its own, a signer and a source")
    return found


def is_verified(image: str, signed: str | None, signer: str | None, status: str | None) -> bool:
    """Tell whether one record of a load proves the agent: its folder, and the valid signature expected there.

    A record without a status counts by what it says of the signature; one without a signer proves nothing.
    """
    name = image.lower()
    wanted = next((who for folder, who in expected_signers().items() if name.startswith(folder)), None)
    if wanted is None or ".." in name or not signer:
        return False
    valid = (signed or "").lower() == "true" and (status or "valid").lower() == "valid"
    return valid and signer.strip().lower() == wanted


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Stories whose every acting activity has a parent that every record of its load verifies as an agent.

    Without a signature record nothing is verified, and the finding does not hold; one record that shows another
    signer at the same path takes it away.
    """
    loads: dict[tuple[str, str], list[Row]] = {}
    for row in frame.query(indicator, sql("signed_parents")):
        loads.setdefault((text(row, "host") or "", text(row, "image") or ""), []).append(row)
    signers = {key: text(rows[0], "signer") or "" for key, rows in loads.items() if _all_verified(rows)}
    if not signers:
        return
    for story in frame.stories:
        acting = acting_activities(story)
        parents = [(a.host, (a.parent or "").lower()) for a in acting]
        if all(key in signers for key in parents):
            yield Hit(
                story_id=story.id,
                host=acting[0].host,
                utc=story.first,
                values={
                    "parent": parents[0][1],
                    "signer": ", ".join(sorted({signers[key] for key in parents})),
                },
                evidence=tuple(item for a in acting[:5] for item in a.evidence[:1]),
                activity_ids=tuple(a.id for a in acting),
            )


def _all_verified(rows: Iterable[Row]) -> bool:
    return all(
        is_verified(text(row, "image") or "", text(row, "signed"), text(row, "signer"), text(row, "status"))
        for row in rows
    )
