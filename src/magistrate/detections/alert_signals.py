"""Other products' alerts as signals, with the severity the product gives. A blocked attempt is still intent."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.detections.attack_tags import main_technique, tactic_of, techniques_in
from magistrate.detections.grouping import runs, signal_id
from magistrate.detections.queries import sql
from magistrate.detections.signal import Level, Signal, SignalSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.store.base import Row, Store

MAX_ALERTS = 20_000
"""Most alerts that are read; the earliest."""
MAX_EVIDENCE = 5
_QUOTED = (
    "RuleTitle",
    "Severity",
    "RuleTags",
    "AlertDetails",
    "CitedChannel",
    "CitedEventID",
    "CitedRecordId",
)


@cache
def alert_levels() -> dict[str, Level | None]:
    """Level for each severity word in lower case; None for words that are no sign by themselves.

    Raises:
        ValueError: a word comes twice or a level is unknown.
    """
    raw = resources.files(__package__).joinpath("alert_levels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(raw.splitlines()))
    found = {row["word"]: Level(row["level"]) if row["level"] else None for row in rows}
    if len(found) != len(rows):
        raise ValueError("alert_levels.csv repeats a word")
    return found


def find_alerts(store: Store) -> tuple[Signal, ...]:
    """Signals made of the alerts in a store, without those that their product calls informational.

    Returns:
        One signal for each rule, host and set of keys until 60 minutes pass without another. Its records are those
        the alerts point at, so that an alert and the event behind it are never two signals, and several alerts on
        one event are one.
    """
    rows = [row for row in store.query(sql("alerts"), {"most": MAX_ALERTS}, name="alerts") if level_of(row)]
    return tuple(_signal(part) for part in runs(rows, _keys, moment))


def level_of(row: Row) -> Level | None:
    """Level of an alert: what its severity word or number means, medium for a word that is not known."""
    word = (text(row, "Severity") or "").strip().lower()
    if word in alert_levels():
        return alert_levels()[word]
    if word.isascii() and word.isdigit():
        return _of_number(int(word[:4]))
    return Level.MEDIUM


def _of_number(value: int) -> Level:
    """Scales from 1 to 100, cut as CrowdStrike and Elastic document them: 40, 60 and 80 and nearby."""
    for bound, level in ((80, Level.CRITICAL), (60, Level.HIGH), (40, Level.MEDIUM)):
        if value >= bound:
            return level
    return Level.LOW


def _keys(row: Row) -> tuple[str, ...]:
    names = ("Provider", "RuleTitle", "RuleId", "Severity", "host", "User", "LogonId", "SourceIp")
    return tuple(str(row.get(name) or "").lower() for name in names)


def _records(rows: Sequence[Row]) -> Iterator[str]:
    """Key of the event behind each alert: its record, its coordinates, or host, time and account."""
    for row in rows:
        host = text(row, "host") or ""
        if cited := text(row, "cited_id"):
            yield cited
        elif (record := number(row, "CitedRecordId")) is not None:
            yield f"cited|{host}|{(text(row, 'CitedChannel') or '').lower()}|{record}"
        elif when := moment(row):
            yield f"alert|{host}|{when.isoformat()}|{(text(row, 'User') or '').lower()}"
        else:
            yield text(row, "evidence_id") or ""


def _signal(rows: Sequence[Row]) -> Signal:
    first = rows[0]
    tool = text(first, "Provider") or "another product"
    title = (text(first, "RuleTitle") or f"Alert of {tool}")[:200]
    tags = text(first, "RuleTags") or ""
    evidence = tuple(evidence_of(row, *_QUOTED) for row in rows[:MAX_EVIDENCE])
    rule = text(first, "RuleId") or title
    host = text(first, "host") or ""
    return Signal(
        id=signal_id(f"{tool}|{rule}", [item.evidence_id for item in evidence]),
        rule=rule[:200],
        title=title,
        statement=f"{tool} reported {title} on {host or 'an unknown host'}.",
        level=level_of(first) or Level.LOW,
        technique=main_technique(techniques_in(tags)),
        tactic=tactic_of((*tags.split(), tags)),
        host=host,
        utc=moment(first),
        last=moment(rows[-1]),
        account=text(first, "User"),
        account_sid=text(first, "UserSid"),
        logon_id=number(first, "LogonId"),
        source_ip=text(first, "SourceIp"),
        count=len(rows),
        evidence=evidence,
        source=SignalSource.ALERT,
        records=frozenset(_records(rows)),
    )
