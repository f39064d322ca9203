"""How a recorded field, and what a rule asks of it, look in stored event data: expressions over its JSON text.

Every expression finds at least the texts it stands for, so one that is not found is a sure no. Keys compare as field
names do: without case on ASCII letters, blanks left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from magistrate.sigma.event_fields import CHANNEL, HASH_PARTS, RAW_FIELDS, SYSTEM_COLUMNS, UNNAMED
from magistrate.sigma.folding import fold, fold_name
from magistrate.sigma.guards import MIN_CHARACTERS, guard
from magistrate.sigma.tree import ANY_FIELD, Check, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.sigma.places import FieldPlaces

_PLAIN = frozenset({Check.EQUALS, Check.STARTS, Check.ENDS})
_SCALAR = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|true|false", re.ASCII)
_DIGITS = re.compile(r"[-.0-9truefals]+", re.ASCII)
_SIMPLE_NAME = re.compile(r"[a-z0-9_.-]{1,64}", re.ASCII)
_BARE = r'[^"nN \[{]'  # a number or a truth value stands without quotes
_UNITS = r'(?:[^"\\]|\\.)*'
_HASHES = "hashes"

UNUSUAL = r"(?:^|[^\\])(?:\\\\)*\\(?:/|u(?:[^0]|0[^0]|00[^01]|000[89acdACD]))"
"""An odd number of backslashes, then a slash or a number that not every writer gives (see `record_tests`)."""
NESTED = r'" *: *[\[{]'
"""A value that has parts."""


def escaped(text: str) -> str:
    """A text as it stands between quotes in JSON."""
    return msgspec.json.encode(text).decode()[1:-1]


def record_guards(leaf: Leaf) -> tuple[str, ...]:
    """Folded texts of which the stored event data holds one whenever the leaf is true; empty when none is sure.

    Args:
        leaf: a leaf on a recorded field.
    """
    if leaf.field in RAW_FIELDS or not leaf.text or leaf.check is Check.FIELD:
        return ()
    if leaf.check in _PLAIN and leaf.field not in HASH_PARTS and leaf.field != ANY_FIELD:
        text = fold(escaped(leaf.text))
        if leaf.check is Check.EQUALS:
            bare = (f":{text}", f": {text}") if _SCALAR.fullmatch(text) else ()
            return (f'"{text}"', *bare)
        if not _DIGITS.fullmatch(text):
            return (f'"{text}',) if leaf.check is Check.STARTS else (f'{text}"',)
        return (text,) if len(text) >= MIN_CHARACTERS else ()
    needed = guard(leaf)
    return (fold(escaped(needed)),) if needed and len(needed) >= MIN_CHARACTERS else ()


def recorded_names(field: str, places: FieldPlaces) -> tuple[str, ...]:
    """Folded names of which a record carries one whenever it carries the field; empty where that is not sure.

    Only fields that nothing but the event data answers have such names.
    """
    if ways := places.ways.get(field):
        names = tuple(fold_name(name) for way in ways for name in way.names)
        return names if all(way.kind == "recorded" for way in ways) and _simple(names) else ()
    if (
        field in (UNNAMED, CHANNEL)
        or field in SYSTEM_COLUMNS
        or field in RAW_FIELDS
        or field in places.columns
    ):
        return ()
    if field in HASH_PARTS:
        return () if _HASHES in places.columns or _HASHES in places.ways else (field, _HASHES)
    return (field,) if _simple((field,)) else ()


def _simple(names: Iterable[str]) -> bool:
    return all(_SIMPLE_NAME.fullmatch(name) for name in names)


def key_form(name: str) -> str:
    """Expression for the key of a field, by its folded name."""
    letters = (f"[{c.upper()}{c}]" if c.isalpha() else f"\\x{ord(c):02x}" for c in name)
    return '[{,] *" *' + " *".join(letters) + ' *" *: *'


def leaf_form(leaf: Leaf, names: Iterable[str]) -> str | None:
    """Expression that stored event data fits whenever the leaf is true of it; None when it has none.

    Args:
        leaf: a leaf with a guard.
        names: what its field is called in the record; empty when any value may be meant.
    """
    guards = record_guards(leaf)
    if not guards or not all(map(str.isascii, guards)):
        return None
    if not names or leaf.field in HASH_PARTS:
        return "(?i:" + "|".join(map(_quoted, guards)) + ")"
    needed = leaf.text if leaf.check in _PLAIN else guard(leaf)
    if not needed:
        return None
    text = f"(?i:{_quoted(fold(escaped(needed)))})"
    before = "" if leaf.check in (Check.EQUALS, Check.STARTS) else _UNITS
    after = '"' if leaf.check in (Check.EQUALS, Check.ENDS) else ""
    keys = "|".join(map(key_form, names))
    return f'(?:{keys})(?:"{before}{text}{after}|{_BARE})'


def _quoted(text: str) -> str:
    return "".join(c if c.isalnum() else f"\\x{ord(c):02x}" for c in text)
