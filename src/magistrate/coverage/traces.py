"""Finds the single records that point to a cut recording or a moved clock, before they are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from magistrate.coverage.audit_policy import describe_change
from magistrate.coverage.rules import SignRule, TamperTable, tamper_table

if TYPE_CHECKING:
    from magistrate.store.base import Store, Value

NO_TIME = datetime(1, 1, 1, tzinfo=UTC)  # sorts before every real time
EVERY_CHANNEL = "*"
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Trace:
    """One record that points to tampering. `detail` is as recorded, `words` is what a person reads of it."""

    rule: SignRule
    host: str
    utc: datetime | None
    detail: str | None
    evidence_id: str
    scored: bool
    words: str | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels whose records the action takes away; `*` stands for all."""
        named = (self.detail if item == "detail" else item for item in self.rule.takes)
        return tuple(item for item in named if item)


def find_traces(store: Store) -> tuple[Trace, ...]:
    """Find the records of every sign of `tamper.yml`, sorted by rule, host and time; unknown times come first."""
    table = tamper_table()
    limits: dict[str, Value] = {name: limit.value for name, limit in table.limits.items()}
    found = [
        _read(
            Trace(
                rule=rule,
                host=str(row["host"] or "unknown"),
                utc=cast("datetime | None", row["utc"]),
                detail=str(row["detail"]) if row["detail"] else None,
                evidence_id=str(row["evidence_id"]),
                scored=bool(row["scored"]),
            ),
            table,
        )
        for rule in table.signs
        for row in store.query(rule.query, limits, name=f"coverage.{rule.name}")
    ]
    places = {(trace.rule.name, trace.host, trace.detail) for trace in found}
    kept = [
        trace
        for trace in found
        if not any((name, trace.host, trace.detail) in places for name in trace.rule.unless)
    ]
    order = {rule.name: number for number, rule in enumerate(table.signs)}
    kept.sort(
        key=lambda t: (order[t.rule.name], t.host, t.scored, t.utc or NO_TIME, t.detail or "", t.evidence_id)
    )
    return tuple(kept)


def _read(trace: Trace, table: TamperTable) -> Trace:
    """Put the detail of a record in words, and let a correction of seconds accuse nobody."""
    if trace.rule.reads == "audit_change":
        guid, _, changes = (trace.detail or "").partition("|")
        return replace(trace, words=describe_change(guid, changes) if guid else None)
    if trace.rule.reads == "clock":
        before, _, after = (trace.detail or "").partition("|")
        moved = _moved_seconds(before, after)
        small = moved is not None and abs(moved) < table.limits["jump_seconds"].value
        words = None if moved is None else _moved_words(moved)
        return replace(trace, words=words, scored=trace.scored and not small)
    return replace(trace, words=trace.detail)


def _moved_seconds(before: str, after: str) -> float | None:
    """How far a clock was moved; None when a time is missing or in a form that is not ISO 8601."""
    try:
        old, new = (datetime.fromisoformat(_micros(text)) for text in (before, after))
        return (new - old).total_seconds()
    except (ValueError, TypeError):  # not a time, or only one of the two with a zone
        return None


def _micros(text: str) -> str:
    """Windows writes nine digits behind the second; Python reads six."""
    head, dot, tail = text.strip().partition(".")
    if not dot:
        return head
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[: min(digits, 6)]}{tail[digits:]}"


def _moved_words(seconds: float) -> str:
    way = "back" if seconds < 0 else "forward"
    size = abs(seconds)
    if size >= 2 * _DAY_SECONDS:
        return f"{way} by {size / _DAY_SECONDS:.1f} days"
    return f"{way} by {size:,.0f} s" if size >= 1 else f"{way} by less than a second"
