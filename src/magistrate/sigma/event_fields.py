"""Finds the values of a Sigma field in one stored event.

In this order: the way that `log_sources.yml` names for the kind of event, the log's own system fields, the column that
stands for the recorded field (`magistrate.sigma.places`), the recorded event data; our column of that name where the
store holds no event data at all. Names compare without case on ASCII letters. What an event does not carry has no
value; that is not an error and not an empty text.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.events.schema import column_types
from magistrate.sigma.folding import fold, fold_name
from magistrate.sigma.tree import ANY_FIELD
from magistrate.sigma.values import Values, column_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sigma.log_sources import FieldWay
    from magistrate.sigma.places import FieldPlaces

SYSTEM_COLUMNS = {
    "provider_name": "Provider",
    "eventid": "EventID",
    "computer": "Computer",
    "computername": "Computer",
    "eventrecordid": "RecordId",
    "execution_processid": "logger_pid",
    "security_userid": "logger_sid",
}
"""System fields of a record by the name that Sigma gives them (tag and attribute joined by an underscore)."""
KEYWORD_COLUMNS = ("Channel", "Provider", "Computer", "Message")
"""Columns that a keyword is looked for in beside the recorded event data."""
CHANNEL = "channel"
UNNAMED = "data"
RAW_FIELDS = frozenset({"level", "keywords", "task", "opcode", "qualifiers", "execution_threadid", "message"})
"""System fields that no column holds; they are read from the record itself."""
HASH_PARTS = frozenset({"md5", "sha1", "sha256", "imphash"})
BOOKKEEPING = frozenset(
    {"evidence_id", "time_source", "time_zone_assumed", "host", "category", "file_sha256", "file", "locator", "raw",
     "event_data", "logger_sid", "logger_pid"}
)  # fmt: skip
"""Columns that say something about our work, not about the event: no rule means them."""
_UNNAMED_NAME = re.compile(r"param([0-9]{1,5})", re.ASCII)
_REGISTRY_ROOTS = (
    ("\\registry\\machine", "HKLM"),
    ("\\registry\\user", "HKU"),
    ("hkey_local_machine", "HKLM"),
    ("hkey_users", "HKU"),
)
_LAYOUTS_REMEMBERED = 1024
_ATTRIBUTES = "#attributes"


@cache
def columns_by_name() -> Mapping[str, str]:
    """Columns that a rule may name, by folded name."""
    return {fold_name(name): name for name in column_types() if name not in BOOKKEEPING}


class EventFields:
    """The fields of one event, found when they are asked for.

    Args:
        row: the columns that were read.
        places: where the fields of this kind of event are found.
    """

    __slots__ = ("_found", "_names", "_places", "_raw", "_row", "recorded")

    def __init__(self, row: Mapping[str, Any], places: FieldPlaces) -> None:
        self._row = row
        self._places = places
        self._found: dict[str, Values] = {}
        self._raw: Mapping[str, str] | None = None
        self.recorded = read_recorded(row.get("event_data"))
        self._names = _names_by_folded(tuple(self.recorded)) if self.recorded else {}

    def __call__(self, name: str) -> Values:
        """Values of a folded field name; empty when the event does not carry it."""
        found = self._found.get(name)
        if found is None:
            self._found[name] = found = self._find(name)
        return found

    def _find(self, name: str) -> Values:
        if name == ANY_FIELD:
            return self._everything()
        if ways := self._places.ways.get(name):
            return next((values for way in ways if (values := self._by_way(way))), ())
        if name in SYSTEM_COLUMNS:
            return column_text(self._row.get(SYSTEM_COLUMNS[name]))
        standing = self._places.columns.get(name)
        if standing and (found := column_text(self._row.get(standing))):
            return found
        recorded = self._values(name)
        if name == CHANNEL:  # event 104 of System carries the channel that was cleared
            return (*column_text(self._row.get("Channel")), *recorded)
        if recorded:
            return recorded
        if name == UNNAMED and (unnamed := self._unnamed()):
            return unnamed
        if name in HASH_PARTS:
            return self._hash(name)
        if self.recorded is None or name in RAW_FIELDS:
            column = columns_by_name().get(name)
            if column and (found := column_text(self._row.get(column))):
                return found
        return self._from_raw(name) if name in RAW_FIELDS else ()

    def _values(self, name: str) -> Values:
        """Recorded values of a folded name: more than one when the record writes it in more than one way."""
        recorded = self.recorded or {}
        return tuple(recorded[written] for written in self._names.get(name, ()))

    def _by_way(self, way: FieldWay) -> Values:
        if way.kind == "column":
            return column_text(self._row.get(way.names[0]))
        if way.kind == "recorded":
            return tuple(value for value in self._values(fold_name(way.names[0])) if value is not None)
        return self._registry(*way.names)

    def _registry(self, key: str, value: str) -> Values:
        """Key and value name of an audit event as one path that starts as Sysmon's do."""
        keys = [text for text in self._values(fold_name(key)) if text]
        names = [text for text in self._values(fold_name(value)) if text]
        if not keys:
            return ()
        path = sysmon_registry_path(keys[0])
        return (f"{path}\\{names[0]}" if names else path,)

    def _unnamed(self) -> Values:
        numbered = [
            (int(match[1]), value)
            for name, value in (self.recorded or {}).items()
            if (match := _UNNAMED_NAME.fullmatch(name))
        ]
        return tuple(value for _, value in sorted(numbered, key=lambda pair: pair[0]))

    def _hash(self, name: str) -> Values:
        texts = [text for text in self("hashes") if text]
        parts = (part.partition("=") for text in texts for part in text.split(","))
        return tuple(value for kind, _, value in parts if fold_name(kind.strip()) == name)

    def _from_raw(self, name: str) -> Values:
        if self._raw is None:
            self._raw = read_system(self._row.get("raw"))
        value = self._raw.get(name)
        return () if value is None else (value,)

    def _everything(self) -> Values:
        """Every text that a keyword is looked for in."""
        texts = list((self.recorded or {}).values())
        texts += [text for name in KEYWORD_COLUMNS for text in column_text(self._row.get(name))]
        return tuple(dict.fromkeys(text for text in texts if text))


@lru_cache(maxsize=_LAYOUTS_REMEMBERED)
def _names_by_folded(names: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Recorded names by folded name; most events of a kind have the same names."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(fold_name(name), []).append(name)
    return {folded: tuple(written) for folded, written in found.items()}


def read_recorded(text: Any) -> dict[str, str | None] | None:
    """The recorded event data; None when the store has none for this event."""
    if not isinstance(text, str):
        return None
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    return {
        name: value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in data.items()
    }


def read_system(text: Any) -> dict[str, str]:
    """System fields of a record that was read as JSON, by Sigma's folded name; empty for any other form."""
    if not isinstance(text, str):
        return {}
    try:
        tree = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return {}
    if not isinstance(tree, dict):
        return {}
    found = _scalars(tree)
    event = tree.get("Event")
    if isinstance(event, dict) and isinstance(system := event.get("System"), dict):
        found |= _scalars(system)
        for tag, content in system.items():
            if isinstance(content, dict) and isinstance(attributes := content.get(_ATTRIBUTES), dict):
                found |= {f"{fold_name(tag)}_{name}": value for name, value in _scalars(attributes).items()}
        if isinstance(rendering := event.get("RenderingInfo"), dict):
            found |= {name: value for name, value in _scalars(rendering).items() if name == "message"}
    return found


def _scalars(tree: Mapping[str, Any]) -> dict[str, str]:
    return {
        fold_name(name): str(value)
        for name, value in tree.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def sysmon_registry_path(path: str) -> str:
    r"""A path of the registry as Sysmon writes it: \REGISTRY\MACHINE or the long name becomes HKLM, the users' HKU."""
    folded = fold(path)
    for root, short in _REGISTRY_ROOTS:
        if folded == root or folded.startswith(root + "\\"):
            return short + path[len(root) :]
    return path
