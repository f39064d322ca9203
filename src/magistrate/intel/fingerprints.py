"""Traces of tools in the activities of a case: the table `fingerprints.yml`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from magistrate.activity.model import Kind  # noqa: TC001 - part of the runtime type of a field
from magistrate.errors import PlaybookError
from magistrate.intel.model import Strength, ToolTrace
from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Activity, Story

_FILE = "fingerprints.yml"
_ORDER = tuple(Strength)


class Fingerprint(BaseModel):
    """What is known of one tool; the head of the table says how the conditions read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: str
    strength: Strength
    basis: str
    source: str
    methods: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    contains: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    nodes_min: int = 0
    together: bool = False

    def holds(self, activity: Activity) -> bool:
        """Whether every condition holds in one activity."""
        if self.methods and not set(self.methods) & set(activity.methods):
            return False
        if self.kinds and activity.kind not in self.kinds:
            return False
        return self.says(texts_of(activity)) and len(set(activity.targets)) >= self.nodes_min

    def holds_together(self, activities: Sequence[Activity]) -> bool:
        """Whether all activities of these kinds say it together: a filter and its consumer are records of their own."""
        return self.says(" ".join(texts_of(item) for item in activities))

    def says(self, said: str) -> bool:
        """Whether a text in lower case holds what this tool writes."""
        if not all(part in said for part in self.contains):
            return False
        return not self.any_of or any(part in said for part in self.any_of)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprints: tuple[Fingerprint, ...]


@cache
def fingerprints() -> tuple[Fingerprint, ...]:
    """Read the table.

    Raises:
        PlaybookError: the file is wrong, or an entry has no condition.
    """
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        table = _Table.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error
    empty = [item.tool for item in table.fingerprints if not (item.methods or item.contains)]
    if empty:
        raise PlaybookError(f"{_FILE}: {empty[0]} has no condition.", hint="Correct the file.")
    return table.fingerprints


def texts_of(activity: Activity) -> str:
    """All that an activity says, in lower case with single spaces."""
    parts = (activity.command, activity.decoded, *(value for _, value in activity.facts))
    return " ".join(" ".join(part for part in parts if part).lower().split())


def find_tools(stories: Sequence[Story]) -> tuple[ToolTrace, ...]:
    """Each tool whose trace the acting stories hold, once, with its first record."""
    found = []
    for entry in fingerprints():
        held = sorted(
            (item for story in stories if not story.background for item in _holding(entry, story)), key=_key
        )
        if held:
            first = held[0].evidence[0]
            found.append(ToolTrace(entry.tool, entry.strength, entry.basis, entry.source, len(held), first))
    return tuple(sorted(found, key=lambda item: (_ORDER.index(item.strength), item.tool)))


def _holding(entry: Fingerprint, story: Story) -> list[Activity]:
    """The activities of a story that carry the trace of a tool."""
    acts = [item for item in story.activities if item.evidence]
    if not entry.together:
        return [item for item in acts if entry.holds(item)]
    kin = [item for item in acts if item.kind in entry.kinds]
    return kin if entry.holds_together(kin) else []


def _key(item: Activity) -> tuple[bool, str, str]:
    return item.utc is None, item.utc.isoformat() if item.utc else "", item.evidence[0].evidence_id
