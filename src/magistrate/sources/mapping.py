"""Loads the mappings: which log source an event belongs to, and which field fills which column.

One YAML file below `mappings/` is one log source; nothing else lists them. All problems of all files are
collected and reported together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from magistrate.errors import PlaybookError
from magistrate.events.schema import column_types
from magistrate.sources.remembered import Remembered
from magistrate.strict_yaml import load_yaml

Identity = Literal["subject", "target", "target_or_subject"]
Derivation = Literal[
    "client_operation",
    "consumer_binding",
    "sysmon_subscription",
    "module_context",
    "classic_context",
    "shell_user",
    "defender_process",
    "defender_event",
    "zeek_rpc",
    "zeek_conn",
]

_VALUES_FILE = "values.yml"
_CHANNELS_REMEMBERED = 1000
_ROUTES_REMEMBERED = 4096
_ROUTE_CHARACTERS = 512
_PLANS_REMEMBERED = 64
_PLAN_CHARACTERS = 4096

Value = str | int | bool | None
EventKey = int | str
"""An event id, or the name of an event in lower case where the product names its events."""
Convert = Callable[[str], Value]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CategoryWhen(_Strict):
    """Another category for records whose field has a value (compared without case)."""

    field: str
    equals: str
    category: str


class MessagePart(_Strict):
    """A field whose value stands between two marks of the message; an empty mark is the message's own end.

    A mark can be several, one a language. `last` takes the last `before` of the message: for values that can hold
    the mark themselves.
    """

    field: str
    after: str | tuple[str, ...] = ""
    before: str | tuple[str, ...] = ""
    last: bool = False


class MessageForm(_Strict):
    """How the message of an event holds its fields, for exports that dropped them.

    `parts` are cut out in order from the front; `keys` are `key = value` pairs in order behind them; `labels` are
    lines of `label: value`, where `Section/Label` names a label below a heading; `fields` are lines of
    `field: value` with the recorded names. Labels are English here; `message_words.csv` knows them in other
    languages. A value of `long` goes on over blank lines.
    """

    parts: tuple[MessagePart, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    fields: tuple[str, ...] = ()
    long: tuple[str, ...] = ()


class EventMapping(_Strict):
    """How one event id fills the columns.

    `columns` names one field or several of which the first filled one is taken; `same` lists fields that carry
    the name of their column. `channel` is the event's own when its source has several and a record may name none.
    `constant` fills columns with what the kind of event says by itself. `identity` says whose account fills User, UserSid and LogonId. `derive` names a
    coded step for values that a field holds as text.
    """

    name: str
    category: str
    channel: str | None = None
    providers: tuple[str, ...] = ()
    identity: Identity | None = None
    user_sid_from_logger: bool = False
    columns: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    same: tuple[str, ...] = ()
    category_when: CategoryWhen | None = None
    derive: Derivation | None = None
    constant: dict[str, str | int | bool] = Field(default_factory=dict)
    message: MessageForm | None = None


def _event_key(text: object) -> object:
    """YAML keys are text; a number is an event id, anything else the name of an event."""
    return int(text) if isinstance(text, str) and text.isdecimal() else text


class SourceMapping(_Strict):
    """One log source. `origin` says where its field names were read."""

    source: str
    origin: str
    channels: tuple[str, ...]
    providers: tuple[str, ...]
    same: tuple[str, ...] = ()
    events: dict[Annotated[EventKey, BeforeValidator(_event_key)], EventMapping]


class ValueTables(_Strict):
    """Value translations that several log sources share."""

    origin: str
    integrity_levels: dict[str, str]
    protocols: dict[str, str]
    logon_types: dict[str, int]
    booleans: dict[str, bool]
    consumer_types: dict[str, str]
    consumer_payloads: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What fills which column for one set of fields: (field, column, converter).

    `shared` are the columns that several of the fields can fill, the best field first.
    """

    single: tuple[tuple[str, str, Convert | None], ...]
    shared: tuple[tuple[tuple[str, ...], str, Convert | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class EventTarget:
    """An event mapping made ready for rows: lookups by field name.

    `by_field` maps a field to the columns it fills with their rank; the lowest rank wins. `folded` does the same
    for the lower-case name, for logs that spell a field differently from build to build. `plans` remembers what
    `plan` found for the sets of fields that came.
    """

    source: str
    channel: str
    event_id: EventKey
    event: EventMapping
    providers: frozenset[str]
    by_field: dict[str, tuple[tuple[str, int], ...]]
    folded: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    plans: Remembered[tuple[str, ...], Plan] = field(
        default_factory=lambda: Remembered(_PLANS_REMEMBERED, _PLAN_CHARACTERS)
    )

    def plan(self, names: tuple[str, ...], converters: Mapping[str, Convert]) -> Plan:
        """What fills which column when a record has these fields."""
        if (found := self.plans.get(names)) is None:
            return self.plans.keep(names, self._make_plan(names, converters), sum(map(len, names)))
        return found

    def _make_plan(self, names: tuple[str, ...], converters: Mapping[str, Convert]) -> Plan:
        ranked: dict[str, list[tuple[int, int, str]]] = {}
        for position, name in enumerate(names):
            places = self.by_field.get(name)
            if places is None and name.isascii():
                # Only ASCII names are folded: a look-alike letter must not reach a known column.
                places = self.folded.get(name.lower())
            for column, rank in places or ():
                ranked.setdefault(column, []).append((rank, position, name))
        best = {column: tuple(name for _, _, name in sorted(found)) for column, found in ranked.items()}
        return Plan(
            tuple((n[0], column, converters.get(column)) for column, n in best.items() if len(n) == 1),
            tuple((n, column, converters.get(column)) for column, n in best.items() if len(n) > 1),
        )


@dataclass(frozen=True, slots=True)
class Mappings:
    """All log sources, by channel and by provider."""

    sources: tuple[SourceMapping, ...]
    values: ValueTables
    by_channel: dict[tuple[str, EventKey], tuple[EventTarget, ...]]
    by_provider: dict[tuple[str, EventKey], EventTarget]
    channel_names: dict[str, str]
    _canonical: dict[str, str | None] = field(default_factory=dict)
    _routes: Remembered[tuple[str, str, EventKey], tuple[EventTarget | None, str]] = field(
        default_factory=lambda: Remembered(_ROUTES_REMEMBERED, _ROUTE_CHARACTERS)
    )

    def route(self, channel: str, provider: str, event_id: EventKey) -> tuple[EventTarget | None, str]:
        """Mapping of a record, None when it is only counted, and the name of its channel.

        Args:
            channel: as recorded.
            provider: as recorded; empty when the export lost it.
            event_id: as recorded; the name of the event where it has no number.
        """
        key = (channel, provider, event_id)
        if (found := self._routes.get(key)) is None:
            known = self.canonical_channel(channel)
            target = self.find(known or channel, provider, event_id)
            found = target, known or (target.channel if target else channel)
            self._routes.keep(key, found, len(channel) + len(provider) + len(str(event_id)))
        return found

    def find(self, channel: str, provider: str, event_id: EventKey) -> EventTarget | None:
        """Mapping of a record; None when its event id is only counted.

        Args:
            channel: canonical name, or what the log says when it is not known.
            provider: empty when the export lost it; then the channel decides alone.
            event_id: as recorded; the name of the event where it has no number.
        """
        provider = provider.lower()
        if isinstance(event_id, str):
            event_id = event_id.lower()
        targets = self.by_channel.get((channel.lower(), event_id))
        if targets is None:
            known = channel.lower() in self.channel_names
            return None if known else self.by_provider.get((provider, event_id))
        if not provider:
            return targets[0]
        return next((target for target in targets if provider in target.providers), None)

    def canonical_channel(self, channel: str) -> str | None:
        """Canonical name of a channel in any case, file form (`%4`) or archive form; None when not known."""
        if channel in self._canonical:
            return self._canonical[channel]
        name = self._find_channel(channel)
        if len(self._canonical) < _CHANNELS_REMEMBERED:
            self._canonical[channel] = name
        return name

    def _find_channel(self, channel: str) -> str | None:
        plain = channel.replace("%4", "/").lower().removesuffix(".evtx")
        if plain.startswith("archive-") and plain not in self.channel_names:
            # Windows archives full logs as Archive-Security-2024-03-10-07-00-00-123.evtx.
            plain = plain.removeprefix("archive-").rsplit("-", 7)[0]
        return self.channel_names.get(plain)


@cache
def load_mappings() -> Mappings:
    """Read and check every mapping.

    Raises:
        PlaybookError: a mapping file is wrong; the message lists every problem found.
    """
    folder = resources.files(__package__).joinpath("mappings")
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".yml")), key=lambda i: i.name)
    texts = {item.name: item.read_text(encoding="utf-8") for item in files}
    return build_mappings(texts)


def build_mappings(texts: dict[str, str]) -> Mappings:
    """Build the mappings from file texts by file name.

    Raises:
        PlaybookError: as `load_mappings`.
    """
    problems: list[str] = []
    sources: list[SourceMapping] = []
    values: ValueTables | None = None
    for name, text in sorted(texts.items()):
        content = load_yaml(text, name)
        try:
            if name == _VALUES_FILE:
                values = ValueTables.model_validate(content)
            else:
                sources.append(SourceMapping.model_validate(content))
        except ValidationError as error:
            for item in error.errors():
                problems.append(f"{name}: {'.'.join(map(str, item['loc']))}: {item['msg']}")
    for source in sources:
        problems += _column_problems(source)
    problems += _repeated_names(sources)
    if problems or values is None:
        problems = problems or [f"{_VALUES_FILE} is missing"]
        raise PlaybookError(
            "Mappings are wrong: " + "; ".join(problems) + ".", hint="Correct the mapping files."
        )
    return _index(tuple(sources), values)


def _column_problems(source: SourceMapping) -> list[str]:
    known = column_types()
    return [
        f"{source.source}.{event_id}: there is no column {column}"
        for event_id, event in source.events.items()
        for column in (*event.columns, *event.same, *event.constant, *source.same)
        if column not in known
    ]


def _repeated_names(sources: list[SourceMapping]) -> list[str]:
    names = [source.source for source in sources]
    return [
        f"{name}: the source name is repeated" for name in sorted({n for n in names if names.count(n) > 1})
    ]


def _index(sources: tuple[SourceMapping, ...], values: ValueTables) -> Mappings:
    by_channel: dict[tuple[str, EventKey], list[EventTarget]] = {}
    by_provider: dict[tuple[str, EventKey], EventTarget] = {}
    names: dict[str, str] = {}
    for source in sources:
        for channel in source.channels:
            names.setdefault(channel.lower(), channel)
        for event_id, event in source.events.items():
            key = event_id.lower() if isinstance(event_id, str) else event_id
            target = _target(source, key, event)
            for channel in source.channels:
                by_channel.setdefault((channel.lower(), key), []).append(target)
            for provider in sorted(target.providers):
                by_provider.setdefault((provider, key), target)
    return Mappings(
        sources, values, {where: tuple(items) for where, items in by_channel.items()}, by_provider, names
    )


def _target(source: SourceMapping, event_id: EventKey, event: EventMapping) -> EventTarget:
    wanted: dict[str, tuple[str, ...]] = {name: (name,) for name in (*source.same, *event.same)}
    for column, fields in event.columns.items():
        wanted[column] = (fields,) if isinstance(fields, str) else fields
    by_field: dict[str, list[tuple[str, int]]] = {}
    for column, fields in wanted.items():
        for rank, name in enumerate(fields):
            by_field.setdefault(name, []).append((column, rank))
    exact = {name: tuple(items) for name, items in by_field.items()}
    folded: dict[str, tuple[tuple[str, int], ...]] = {}
    for name, items in exact.items():
        # A name in another case ranks behind every exact name.
        folded.setdefault(name.lower(), tuple((column, rank + 100) for column, rank in items))
    return EventTarget(
        source.source,
        event.channel or source.channels[0],
        event_id,
        event,
        frozenset(name.lower() for name in (event.providers or source.providers)),
        exact,
        folded,
    )
