"""The pack of signals that ships with Magistrate: one YAML file a theme in the folder `pack`."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, field_validator

from magistrate.detections.signal import Level  # noqa: TC001 - part of the runtime type of a field
from magistrate.events.tables import CATEGORIES
from magistrate.portable_sql import assert_portable
from magistrate.strict_yaml import load_yaml

ExampleKind = Literal["hit", "near_miss", "missing_field", "benign"]
EXAMPLE_KINDS: tuple[ExampleKind, ...] = ("hit", "near_miss", "missing_field", "benign")
Strength = Literal["high", "moderate", "low"]
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


class SignalExample(BaseModel):
    """Synthetic events that show what a row says and does not say; only a `hit` raises the signal.

    The tests run them through the mappings. An event names its channel by a short word (Sysmon, PowerShell,
    WMI-Activity, Defender) or in full, and may leave out Computer and Time: it then comes from one host, a second
    after the one before. `repeat` gives the events so many times before those of `then`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: ExampleKind
    events: tuple[dict[str, JsonValue], ...] = Field(min_length=1)
    repeat: Annotated[int, Field(ge=1, le=100)] = 1
    then: tuple[dict[str, JsonValue], ...] = ()


class SignalRule(BaseModel):
    """One row of the pack.

    `log_source` names the tables of which at least one must hold events for the query to be worth running.
    `query` returns the pointer columns, optionally `account`, `account_sid`, `logon_id`, `source_ip`, `what` and
    `total`; other columns are quoted in the evidence. A column `level` takes the place of the row's own. With `fact`, the command line in the column `CommandLine`
    must carry that fact of `facts.yml`, and its value becomes `what`. `tool` and `strength` mark a fingerprint of a
    tool: it names the tool, never who used it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,60}$")]
    title: str
    level: Level
    technique: str
    tactic: str
    statement: str
    log_source: tuple[str, ...] = Field(min_length=1)
    query: str
    fact: str | None = None
    tool: str | None = None
    strength: Strength | None = None
    source: str
    false_positives: tuple[str, ...] = Field(min_length=1)
    not_covered: tuple[str, ...] = Field(min_length=1)
    examples: tuple[SignalExample, ...]

    @field_validator("technique")
    @classmethod
    def _known_form(cls, value: str) -> str:
        if not _TECHNIQUE.fullmatch(value):
            raise ValueError("a technique is written as T1234 or T1234.001")
        return value

    @field_validator("log_source")
    @classmethod
    def _known_tables(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(CATEGORIES)):
            raise ValueError(f"no table is called {', '.join(unknown)}")
        return value

    @field_validator("examples")
    @classmethod
    def _every_kind(cls, value: tuple[SignalExample, ...]) -> tuple[SignalExample, ...]:
        if missing := sorted(set(EXAMPLE_KINDS) - {item.kind for item in value}):
            raise ValueError(f"no example of kind {', '.join(missing)}")
        return value


@cache
def themes() -> dict[str, tuple[SignalRule, ...]]:
    """Rows of the pack by theme, in the order of the files' names.

    Raises:
        ValueError: a row does not fit, or an id comes twice.
        PlaybookError: a query is not portable SQL, or a file is no YAML.
    """
    folder = resources.files(__package__).joinpath("pack")
    found: dict[str, tuple[SignalRule, ...]] = {}
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        raw = load_yaml(file.read_text(encoding="utf-8"), file.name)
        found[file.name.removesuffix(".yml")] = tuple(TypeAdapter(list[SignalRule]).validate_python(raw))
    ids = [rule.id for rules in found.values() for rule in rules]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"the pack repeats {', '.join(repeated)}")
    for rules in found.values():
        for rule in rules:
            assert_portable(rule.query, f"signal {rule.id}")
    return found


def signal_rules() -> tuple[SignalRule, ...]:
    """Every row of the pack, theme by theme; see `themes`."""
    return tuple(rule for rules in themes().values() for rule in rules)
