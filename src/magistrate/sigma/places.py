"""Where the fields of one kind of event are found: which of our columns can stand for a recorded field.

A column stands for a recorded field when the mapping of the log source fills it from that field alone and keeps the
text, or only tidies it (quotes around a path, padding, a truth value, a decimal number). Then it is read first, and
most events are decided without opening their event data. What the mapping rewrites (addresses, identifiers, hex
numbers) is read from the event data, as recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from magistrate.events.schema import column_types
from magistrate.sigma.folding import fold_name
from magistrate.sources.mapping import load_mappings
from magistrate.sources.values import converters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.sigma.log_sources import FieldWay
    from magistrate.sources.mapping import EventTarget

TIDIED_TEXT = frozenset({"Image", "ParentImage", "LogonProcessName", "IntegrityLevel"})
TIDIED_VALUE = frozenset(
    {"Initiated", "LogonType", "SourcePort", "DestinationPort", "MessageNumber", "MessageTotal"}
)
_TRANSLATED = frozenset({"Initiated", "IntegrityLevel"})  # from other words, where the field has another name
_IDENTITY = frozenset({"User", "UserSid", "LogonId"})
_ADDRESSES = frozenset({"SourceIp", "DestinationIp"})
_REWRITING = frozenset({"sysmon_subscription", "consumer_binding"})
_KINDS_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class FieldPlaces:
    """How the fields of one kind of event are found.

    `ways` are the ways that the log source names, by folded field name. `columns` are the columns that stand for
    recorded fields, by folded field name.
    `addresses` are columns that hold the address of a recorded field in its shortest form: the same network.
    """

    ways: Mapping[str, tuple[FieldWay, ...]]
    columns: Mapping[str, str]
    addresses: Mapping[str, str]


@lru_cache(maxsize=_KINDS_REMEMBERED)
def standing_columns(channel: str, event_id: int | None) -> Mapping[str, str]:
    """Columns that stand for recorded fields, by folded field name; empty for events that no mapping knows.

    Args:
        channel: canonical name of the channel.
        event_id: as recorded.
    """
    return _common([_columns_of(target) for target in _targets(channel, event_id)])


@lru_cache(maxsize=_KINDS_REMEMBERED)
def address_columns(channel: str, event_id: int | None) -> Mapping[str, str]:
    """Columns that hold the address of one recorded field, by folded field name; as `standing_columns`."""
    return _common(
        [
            {
                fold_name(next(iter(fields))): column
                for column, fields in _feeders(target).items()
                if column in _ADDRESSES and len(fields) == 1
            }
            for target in _targets(channel, event_id)
        ]
    )


def _targets(channel: str, event_id: int | None) -> tuple[EventTarget, ...]:
    return () if event_id is None else load_mappings().by_channel.get((channel.lower(), event_id), ())


def _common(each: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """What every mapping of the same kind of event agrees on."""
    if not each:
        return {}
    return {name: column for name, column in each[0].items() if all(one.get(name) == column for one in each)}


def _feeders(target: EventTarget) -> dict[str, set[str]]:
    """Recorded fields that can fill each column."""
    feeders: dict[str, set[str]] = {}
    for field, fills in target.by_field.items():
        for column, _ in fills:
            feeders.setdefault(column, set()).add(field)
    return feeders


def _columns_of(target: EventTarget) -> dict[str, str]:
    event = target.event
    if event.derive in _REWRITING:
        return {}
    feeders = _feeders(target)
    ours = _IDENTITY if event.identity or event.user_sid_from_logger else frozenset()
    rewritten = frozenset(converters()) - TIDIED_TEXT - TIDIED_VALUE
    found: dict[str, str] = {}
    for column in column_types():
        fields = feeders.get(column, set())
        if len(fields) != 1 or column in ours or column in rewritten or column in event.constant:
            continue
        (field,) = fields
        name = fold_name(field)
        if column in _TRANSLATED and fold_name(column) != name:
            continue
        # Of two columns for one field the one that keeps the text is taken, then the one of the same name.
        best = found.get(name)
        if best is None or _rank(column, name) < _rank(best, name):
            found[name] = column
    return found


def _rank(column: str, name: str) -> tuple[bool, bool]:
    return (column in converters(), fold_name(column) != name)
