"""Signs of other techniques in the logs: what else happened around the alert.

The pack (`magistrate.detections.signal_pack`) holds a query for each sign. They are precise on purpose: answers use
them to say "other malicious activity was seen" and "nothing suspicious was seen", so a noisy sign would be worse
than none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.command_shapes import shape_facts
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.activity.shell import read_steps
from magistrate.detections.alert_signals import find_alerts
from magistrate.detections.grouping import runs, signal_id
from magistrate.detections.signal import Level, Signal
from magistrate.detections.signal_pack import SignalRule, signal_rules
from magistrate.playbooks.template import fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from magistrate.events.evidence import Evidence
    from magistrate.store.base import Row, Store, Value

__all__ = ["Level", "Signal", "SignalRule", "find_signals", "signal_rules"]

MAX_ROWS = 5_000
"""Most rows that one query hands over; a count that reaches it is a lower bound."""
MAX_EVIDENCE = 5
_KEYS = ("host", "account", "logon_id", "source_ip", "level")
_POINTERS = frozenset(
    {"evidence_id", "Timestamp", "time_source", "host", "Channel", "EventID", "RecordId", "file"}
)


def find_signals(store: Store, rules: Sequence[SignalRule] | None = None) -> tuple[Signal, ...]:
    """Find the signs of other techniques in a store.

    Args:
        store: the events of the case.
        rules: rows to try; the whole pack and other products' alerts when omitted.

    Returns:
        Signals in order of time, host and rule. Records of one rule on one host with the same keys are one signal
        until 60 minutes pass without another. Empty when nothing was found, which is not the same as coverage.
    """
    filled = {
        text(row, "category")
        for row in store.query("SELECT DISTINCT e.category FROM event e", name="tables with events")
    }
    found = [
        signal
        for rule in (signal_rules() if rules is None else rules)
        if not filled.isdisjoint(rule.log_source)
        for signal in _signals_of(store, rule)
    ]
    if rules is None and "alert" in filled:
        found += find_alerts(store)
    return tuple(sorted(found, key=order))


def order(signal: Signal) -> tuple[bool, str, str, str, str]:
    """Sort key: time, then host and rule; signals without a time come last."""
    stamp = signal.utc.isoformat() if signal.utc else ""
    return (signal.utc is None, stamp, signal.host, signal.rule, signal.id)


def _signals_of(store: Store, rule: SignalRule) -> Iterator[Signal]:
    bound: dict[str, Value] = {"most": MAX_ROWS}
    rows = [
        row
        for row in store.query(rule.query, bound, name=f"signal {rule.id}")
        if rule.fact is None or _has_fact(row, rule.fact)
    ]
    for part in runs(sorted(rows, key=_row_order), _keys, moment):
        yield _signal(rule, part)


def _row_order(row: Row) -> tuple[bool, str, str]:
    when = moment(row)
    return (when is None, when.isoformat() if when else "", text(row, "evidence_id") or "")


def _keys(row: Row) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "").lower() for name in _KEYS)


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
    return Signal(
        id=signal_id(rule.id, [item.evidence_id for item in evidence]),
        rule=rule.id,
        title=rule.title,
        statement=fill(rule.statement, values),
        level=Level(text(first, "level") or rule.level),
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
        records=frozenset(key for row in rows if (key := text(row, "evidence_id"))),
    )


def _evidence(row: Row) -> Evidence:
    quoted = sorted(name for name in row if name[:1].isupper() and name not in _POINTERS)
    return evidence_of(row, *quoted)
