"""Benign look-alikes: rows of `background.yml` that an activity fulfils in every condition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Lookalike:
    """One row: an id, the kind of activity it speaks of, and the conditions that must all hold."""

    id: str
    what: str
    kind: str
    must: tuple[tuple[str, tuple[str, ...]], ...]
    source: str


@cache
def lookalikes() -> tuple[Lookalike, ...]:
    """Every row of the table in file order."""
    text = resources.files(__package__).joinpath("background.yml").read_text(encoding="utf-8")
    rows = cast("Sequence[Mapping[str, object]]", load_yaml(text, "background.yml"))
    return tuple(_row(row) for row in rows)


def _row(row: Mapping[str, object]) -> Lookalike:
    must = cast("Mapping[str, object]", row["must"])
    conditions = tuple(
        (name, tuple(_word(item) for item in (values if isinstance(values, list) else [values])))
        for name, values in must.items()
    )
    return Lookalike(str(row["id"]), str(row["what"]), str(row["kind"]), conditions, str(row["source"]))


def _word(value: object) -> str:
    return str(value).lower()


def background_of(kind: str, facts: Mapping[str, str]) -> str | None:
    """Id of the first look-alike whose every condition holds.

    Args:
        kind: kind of the activity.
        facts: what is known, by the stem of the condition: image (path), parent (path), command, arguments (the
            command without its program), logon (number as text), operation, indirect (true when a member of unknown
            name is called), operation_text, result, user, remote (true or false), local, event, part, subscription
            (names and query), query, binding, consumer_type, payload. A missing fact fulfils only a condition that
            lists '' or that asks what must be lacking.
    """
    for row in lookalikes():
        if row.kind == kind and all(_holds(name, wanted, facts) for name, wanted in row.must):
            return row.id
    return None


def _holds(name: str, wanted: tuple[str, ...], facts: Mapping[str, str]) -> bool:
    if name in ("local", "remote"):
        return facts.get(name, "") in wanted
    stem, test = name.rsplit("_", 1)
    value = facts.get(stem, "").lower()
    if test == "name":
        return value.rsplit("\\", 1)[-1] in wanted
    if test == "under":
        return any(value.startswith(item) for item in wanted)
    if test == "has":
        return any(item in value for item in wanted)
    if test == "lacks":
        return not any(item in value for item in wanted)
    if test == "is":
        return value in wanted or any(_same_number(value, item) for item in wanted)
    raise ValueError(f"background.yml names an unknown condition {name!r}")


def arguments_of(command: str | None) -> str:
    """A command line without its program; empty when there is none."""
    text = (command or "").strip()
    if text.startswith('"'):
        return text[1:].partition('"')[2].strip()
    return text.partition(" ")[2].strip()


def _same_number(value: str, item: str) -> bool:
    """Logon ids compare as numbers: the table may say 0x3e7 where the record says 999."""
    return item.startswith("0x") and value.isdigit() and len(item) <= 6 and int(item, 16) == int(value)
