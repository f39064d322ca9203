"""Which of our events a Sigma log source means, read from `log_sources.yml` beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from magistrate.errors import PlaybookError
from magistrate.events.schema import column_types
from magistrate.sigma.folding import fold, fold_name
from magistrate.sigma.tree import Check, Leaf, Node, all_of, any_of
from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from magistrate.sigma.model import LogSource

_FILE = "log_sources.yml"
_PRODUCT = "windows"
_WAYS = {"column": 1, "recorded": 1, "registry": 2}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Events(_Strict):
    channels: tuple[str, ...]
    events: tuple[int, ...] = ()
    source: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class _File(_Strict):
    origin: str
    categories: dict[str, tuple[_Events, ...]]
    services: dict[str, _Events]
    products: dict[str, dict[str, _Events]]


@dataclass(frozen=True, slots=True)
class FieldWay:
    """One place where a field is found: `kind` is column, recorded or registry, `names` what it takes there."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Some events of a log source: which they are, and what its fields are called there.

    `channels` are folded; empty sets mean all. `where` is a further condition, TRUE when there is none.
    """

    channels: frozenset[str]
    event_ids: frozenset[int]
    where: Node
    fields: tuple[tuple[str, tuple[FieldWay, ...]], ...] = ()

    def takes(self, channel: str, event_id: int | None) -> bool:
        """Tell whether events of this folded channel and id are meant."""
        return (not self.channels or channel in self.channels) and (
            not self.event_ids or event_id in self.event_ids
        )


_EVERYTHING = EventChoice(frozenset(), frozenset(), all_of([]))


def choose_events(log_source: LogSource) -> tuple[EventChoice, ...]:
    """Events of a log source.

    Returns:
        The choices, of which an event may belong to one or more; empty when no Windows event log holds it.
    """
    product, category, service = (
        fold(part) for part in (log_source.product, log_source.category, log_source.service)
    )
    table = _table()
    if product in table.products and not category:
        events = table.products[product].get(service)
        return (events,) if events else ()
    if product not in ("", _PRODUCT):
        return ()
    if category and category not in table.categories:
        return ()
    if service and service not in table.services:
        return ()
    if not product and not category and not service:
        return ()
    choices = table.categories[category] if category else (_EVERYTHING,)
    if not service:
        return choices if product or category else ()
    channels = table.services[service]
    found = []
    for choice in choices:
        common = choice.channels & channels if choice.channels else channels
        if common:
            found.append(EventChoice(common, choice.event_ids, choice.where, choice.fields))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Table:
    categories: dict[str, tuple[EventChoice, ...]]
    services: dict[str, frozenset[str]]
    products: dict[str, dict[str, EventChoice]]


@cache
def _table() -> _Table:
    """The file, checked.

    Raises:
        PlaybookError: the file is wrong; every problem is named.
    """
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    return build_table(text)


def build_table(text: str) -> _Table:
    """Check the text of a log source file and make it ready.

    Raises:
        PlaybookError: as `choose_events` would need a table that is right.
    """
    try:
        content = _File.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise PlaybookError("; ".join(problems), location=_FILE, hint="Correct the file.") from error
    problems = [
        f"{name}: {field}: {way!r} is no way to a field"
        for name, all_events in content.categories.items()
        for events in all_events
        for field, ways in events.fields.items()
        for way in ways
        if not _is_way(way) or (len(ways) > 1 and not way.startswith("recorded "))
    ]
    if problems:
        raise PlaybookError("; ".join(problems), location=_FILE, hint="Correct the file.")
    return _Table(
        {name: tuple(map(_choice, all_events)) for name, all_events in content.categories.items()},
        {name: frozenset(map(fold, events.channels)) for name, events in content.services.items()},
        {
            product: {name: _choice(events) for name, events in services.items()}
            for product, services in content.products.items()
        },
    )


def _is_way(way: str) -> bool:
    kind, *names = _words(way)
    return _WAYS.get(kind) == len(names) and (kind != "column" or names[0] in column_types())


def _words(way: str) -> list[str]:
    # The recorded names of one product hold blanks: everything behind `recorded` is the name.
    kind, _, rest = way.partition(" ")
    return [kind, rest] if kind == "recorded" else way.split()


def _choice(events: _Events) -> EventChoice:
    where = all_of(
        [
            any_of([Leaf(fold_name(name), Check.EQUALS, fold(value)) for value in values])
            for name, values in events.where.items()
        ]
    )
    fields = tuple(
        (fold_name(name), tuple(FieldWay(kind, tuple(names)) for kind, *names in map(_words, ways)))
        for name, ways in events.fields.items()
    )
    return EventChoice(frozenset(map(fold, events.channels)), frozenset(events.events), where, fields)
