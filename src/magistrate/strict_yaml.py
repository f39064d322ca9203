"""Reads YAML content files strictly: no surprises in types, keys, tags or size.

YAML written by hand is read more narrowly than the format allows, because a rule that silently means something
else is worse than a rule that is refused:

- text stays text. `NO`, `on`, `010`, `0o10`, `12:30`, `1.10` and dates are strings. A plain scalar is a number
  only when it would be written back with the same characters; `true`, `false`, `null`, `~` and the empty scalar
  are read as YAML 1.2 core does;
- keys are always text, and a repeated key is refused;
- tags, merge keys and a second document are refused;
- aliases are allowed but each use counts with everything it stands for, so that an alias bomb ends at the limit.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from magistrate.errors import PlaybookError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 8 << 20
MAX_NODES = 100_000  # after aliases are expanded; our largest content file has about 2,000
MAX_ALIASES = 100
MAX_DEPTH = 64  # threat model, default limits: rule condition depth

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_CORE: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CORE |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

# libyaml's parser where it was built in; both yield the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded file with the line of each value.

    `value` is None for an empty file. `lines` maps the path of a value (keys and list positions) to its line,
    counted from 1; values inside an alias keep the lines of the place they are written at.
    """

    value: object
    where: str
    lines: dict[Path, int] = field(default_factory=dict)

    def location(self, path: Path = ()) -> str:
        """`file:line` of a value; of its nearest known parent when the value itself is missing."""
        for length in range(len(path), -1, -1):
            if line := self.lines.get(path[:length]):
                return f"{self.where}:{line}"
        return self.where


def load_yaml(text: str, where: str) -> object:
    """Read one YAML document into dicts with text keys, lists, text, int, float, bool and None.

    Args:
        text: the content of the file.
        where: name of the file, for messages.

    Returns:
        The value; None for an empty document. Values reached through an alias are shared: do not change them.

    Raises:
        PlaybookError: the text is not the strict YAML described above; the location is `file:line`.
    """
    return load_document(text, where).value


def load_document(text: str, where: str) -> Document:
    """Read one YAML document and keep the line of each value.

    Raises:
        PlaybookError: as `load_yaml`.
    """
    if len(text) > MAX_CHARACTERS:
        raise PlaybookError(
            f"The file is longer than {MAX_CHARACTERS} characters.", location=where, hint="Split it."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PlaybookError(
            "The file is not valid Unicode text.", location=where, hint="Save it as UTF-8."
        ) from error
    builder = _Builder(where)
    try:
        value = builder.document(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        location = f"{where}:{mark.line + 1}" if mark else where
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise PlaybookError(
            f"Not valid YAML: {problem}.", location=location, hint="Correct the syntax."
        ) from error
    except yaml.YAMLError as error:
        raise PlaybookError(
            "Not valid YAML: the file holds a character that YAML does not allow.",
            location=where,
            hint="Remove control characters.",
        ) from error
    return Document(value, where, builder.lines)


@dataclass(slots=True)
class _Builder:
    """Turns parser events into values, counting what each costs."""

    where: str
    nodes: int = 0
    aliases: int = 0
    anchors: dict[str, tuple[object, int]] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)

    def document(self, events: Iterator[Any]) -> object:
        """Build the only document of the stream."""
        value: object = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse("a second document starts here", event, "Keep one document in a file.")
                value = self._node(next(events), events, ())
        return value

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> object:
        self.lines[path] = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            raise self._refuse("tags are not allowed", event, "Write the plain value.")
        before = self.nodes
        self._count(1, event)
        if len(path) > MAX_DEPTH:
            raise self._refuse(f"nested deeper than {MAX_DEPTH} levels", event, "Make it flatter.")
        if isinstance(event, yaml.ScalarEvent):
            value: object = (
                _scalar(event.value) if event.implicit[0] and event.style in (None, "") else event.value
            )
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(events, path)
        else:
            value = self._mapping(events, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def _alias(self, event: Any) -> object:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self._refuse(f"more than {MAX_ALIASES} aliases", event, "Write the values out.")
        # An anchor is known once its value is complete, so a value that contains itself ends here too.
        if event.anchor not in self.anchors:
            raise self._refuse("an alias stands before the end of its anchor", event, "Write the value out.")
        value, cost = self.anchors[event.anchor]
        self._count(cost, event)
        return value

    def _sequence(self, events: Iterator[Any], path: Path) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, object]:
        pairs: dict[str, object] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in pairs:
                raise self._refuse(f"the key {key[:80]!r} is repeated", event, "Keep one of them.")
            pairs[key] = self._node(next(events), events, (*path, key))
        return pairs

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or event.anchor is not None:
            raise self._refuse("a key must be plain text", event, "Write a simple key.")
        self._count(1, event)
        key: str = event.value
        if key == "<<" and event.style in (None, ""):
            raise self._refuse("merge keys are not allowed", event, "Write the keys out.")
        if not key:
            raise self._refuse("a key is empty", event, "Name it.")
        return key

    def _count(self, nodes: int, event: Any) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self._refuse(f"more than {MAX_NODES} values, aliases expanded", event, "Split the file.")

    def _refuse(self, what: str, event: Any, hint: str) -> PlaybookError:
        line = event.start_mark.line + 1
        return PlaybookError(f"Refused: {what}.", location=f"{self.where}:{line}", hint=hint)


def _scalar(text: str) -> object:
    """Value of a plain scalar; text unless the type is beyond doubt."""
    if text in _CORE:
        return _CORE[text]
    if _INTEGER.fullmatch(text):
        return int(text) if str(int(text)) == text else text
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) and repr(number) == text else text
    return text
