"""Signs of other techniques in the logs: what else happened around the alert.

Each row of `signals.yml` is a query for one sign. They are few and precise on purpose: answers use them to say
"other malicious activity was seen" and "nothing suspicious was seen", so a noisy sign would be worse than none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, TypeAdapter

from magistrate.activity.command_shapes import shape_facts
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.activity.shell import read_steps
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field
from magistrate.playbooks.template import fill
from magistrate.portable_sql import assert_portable
from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from magistrate.store.base import Row, Store, Value

MAX_ROWS = 5_000
"""Most rows that one query hands over; a count that reaches it is a lower bound."""
MAX_EVIDENCE = 5
GAP = timedelta(minutes=60)
"""Silence that ends one signal; the tight window of question Q3 (triage practice 2.8)."""
_POINTERS = frozenset(
    {"evidence_id", "Timestamp", "time_source", "host", "Channel", "EventID", "RecordId", "file"}
)


class Level(StrEnum):
    """How much a signal says on its own."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign of another technique on one host.

    `count` is how many records carry it; `evidence` points to the first of them, at most five. `first` and `last`
    span the records. Keys that are not in the records are None.
    """

    id: str
    rule: str
    title: str
    statement: str
    level: Level
    technique: str
    tactic: str
    host: str
    utc: datetime | None
    last: datetime | None
    account: str | None
    account_sid: str | None
    logon_id: int | None
    source_ip: str | None
    count: int
    evidence: tuple[Evidence, ...]

    @property
    def is_high(self) -> bool:
        """True for the levels that answer Q3 alone."""
        return self.level in (Level.HIGH, Level.CRITICAL)


class SignalRule(BaseModel):
    """One row of `signals.yml`.

    `query` returns the pointer columns, optionally `account`, `account_sid`, `logon_id`, `source_ip`, `what` and
    `total`; other columns are quoted in the evidence. With `fact`, the command line in the column `CommandLine`
    must carry that fact of `facts.yml`, and its value becomes `what`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    level: Level
    technique: str
    tactic: str
    statement: str
    query: str
    fact: str | None = None
    source: str


@cache
def signal_rules() -> tuple[SignalRule, ...]:
    """Rows of `signals.yml` in file order.

    Raises:
        ValueError: an id comes twice, or a row does not fit.
        PlaybookError: a query is not portable SQL.
    """
    raw = resources.files(__package__).joinpath("signals.yml").read_text(encoding="utf-8")
    rules = tuple(TypeAdapter(list[SignalRule]).validate_python(load_yaml(raw, "signals.yml")))
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("signals.yml repeats an id")
    for rule in rules:
        assert_portable(rule.query, f"signals.yml: {rule.id}")
    return rules


def find_signals(store: Store) -> tuple[Signal, ...]:
    """Find the signs of other techniques in a store.

    Returns:
        Signals in order of time, host and rule. Records of one rule on one host with the same keys are one signal
        until 60 minutes pass without another. Empty when nothing was found, which is not the same as coverage.
    """
    found = [signal for rule in signal_rules() for signal in _signals_of(store, rule)]
    return tuple(sorted(found, key=_order))


def _order(signal: Signal) -> tuple[bool, str, str, str, str]:
    stamp = signal.utc.isoformat() if signal.utc else ""
    return (signal.utc is None, stamp, signal.host, signal.rule, signal.id)


def _signals_of(store: Store, rule: SignalRule) -> Iterator[Signal]:
    bound: dict[str, Value] = {"most": MAX_ROWS}
    rows = [
        row
        for row in store.query(rule.query, bound, name=f"signal {rule.id}")
        if rule.fact is None or _has_fact(row, rule.fact)
    ]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in sorted(rows, key=_row_order):
        groups.setdefault(_keys(row), []).append(row)
    for _, members in sorted(groups.items()):
        for part in _split(members):
            yield _signal(rule, part)


def _row_order(row: Row) -> tuple[bool, str, str]:
    when = moment(row)
    return (when is None, when.isoformat() if when else "", text(row, "evidence_id") or "")


def _keys(row: Row) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "").lower() for name in ("host", "account", "logon_id", "source_ip"))


def _split(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Runs of rows without a silence longer than the gap."""
    part: list[Row] = []
    for row in rows:
        before, now = (moment(part[-1]) if part else None), moment(row)
        if part and before is not None and now is not None and now - before > GAP:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _what(row: Row, fact: str | None) -> str:
    if fact is not None:
        return _fact_value(row, fact) or ""
    return text(row, "what") or ""


def _fact_value(row: Row, fact: str) -> str | None:
    command = text(row, "CommandLine")
    if not command:
        return None
    return shape_facts(command, read_steps(command, text(row, "Image"))).get(fact)


def _has_fact(row: Row, fact: str) -> bool:
    return _fact_value(row, fact) is not None


def _signal(rule: SignalRule, rows: Sequence[Row]) -> Signal:
    first = rows[0]
    total = max(len(rows), *(number(row, "total") or 0 for row in rows))
    what = ", ".join(dict.fromkeys(item[:200] for row in rows[:20] if (item := _what(row, rule.fact))))
    values: Mapping[str, str] = {
        "what": what[:400] or "not recorded",
        "host": text(first, "host") or "unknown host",
        "account": text(first, "account") or "unknown account",
        "source_ip": text(first, "source_ip") or "unknown address",
        "count": str(total),
    }
    evidence = tuple(_evidence(row) for row in rows[:MAX_EVIDENCE])
    seed = "|".join((rule.id, *sorted(item.evidence_id for item in evidence)))
    return Signal(
        id="g-" + hashlib.blake2b(seed.encode(), digest_size=8).hexdigest(),
        rule=rule.id,
        title=rule.title,
        statement=fill(rule.statement, values),
        level=rule.level,
        technique=rule.technique,
        tactic=rule.tactic,
        host=text(first, "host") or "",
        utc=moment(first),
        last=moment(rows[-1]),
        account=text(first, "account"),
        account_sid=text(first, "account_sid"),
        logon_id=number(first, "logon_id"),
        source_ip=text(first, "source_ip"),
        count=total,
        evidence=evidence,
    )


def _evidence(row: Row) -> Evidence:
    quoted = sorted(name for name in row if name[:1].isupper() and name not in _POINTERS)
    return evidence_of(row, *quoted)
