"""What a JSON dialect is: how it knows its objects, and how it brings one to a raw record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from magistrate.sources.event_tree import number_of, plain_text, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magistrate.sources.base import RawRecord
    from magistrate.sources.formats import Format

NOT_AN_EVENT = "no event id, channel or record id: not a Windows event"


@dataclass(slots=True)
class Place:
    """Where an object stands: its text as read, its locator, and the remarks made so far."""

    raw: str
    locator: str
    notes: list[str] = field(default_factory=list)


class Dialect(Protocol):
    """The JSON of one product. `looks_into` are the keys whose values, not only names, tell its objects."""

    format: Format
    looks_into: frozenset[str]

    def takes(self, value: Mapping[str, Any]) -> bool:
        """True for an object of this product; cheap, and never true for another product's object."""
        ...

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Build the raw record of an object, or say in a few words why it is no event."""
        ...


def member(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member object, put together from dotted keys (`winlog.channel`) where an export flattened it."""
    inner = value.get(name)
    found = dict(inner) if isinstance(inner, dict) else {}
    prefix = f"{name}."
    for key, item in value.items():
        if key.startswith(prefix):
            found.setdefault(key[len(prefix) :], item)
    return found


def single(value: Any) -> Any:
    """The only item of a list: Elasticsearch's `fields` form wraps every value in one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def number(value: object) -> int | None:
    """A whole number of any shape; None when it is none."""
    return number_of(value) if type(value) is int else whole_number(plain_text(value))


def texts(value: Mapping[str, Any], leave: Iterable[str] = ()) -> dict[str, str | None]:
    """All members as text; objects and lists as JSON."""
    left = frozenset(leave)
    return {name: plain_text(item) for name, item in value.items() if name not in left}


def dotted(value: Mapping[str, Any], prefix: str = "", depth: int = 6) -> dict[str, Any]:
    """Nested objects as one object with dotted names; lists and what lies deeper stay as they are."""
    found: dict[str, Any] = {}
    for name, item in value.items():
        if isinstance(item, dict) and item and depth:
            found.update(dotted(item, f"{prefix}{name}.", depth - 1))
        else:
            found[f"{prefix}{name}"] = item
    return found


def first_text(value: Mapping[str, Any], *names: str) -> str | None:
    """Text of the first named member that holds something; None when none does."""
    for name in names:
        text = plain_text(single(value.get(name)))
        if text is not None and text.strip():
            return text
    return None
