"""Recognises the collections of triage tools and says what they hold, what they left out and what failed.

A collection is mostly files that are no logs. They are counted by kind, in one line each, so that the accounts of the
logs stay readable; a log that cannot be read keeps its own line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import unquote

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import FileIntake
from magistrate.sources.collector_records import CollectorFacts, is_log
from magistrate.sources.intake_file import COLLECTOR_RECORD, LeafResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.sources.seals import Seal

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Described:
    """The accounts with those of collections put together, and a sentence about each collection."""

    leaves: list[LeafResult]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Collection:
    """One collection and what belongs to it."""

    root: str
    tool: str
    facts: list[CollectorFacts] = field(default_factory=list)
    logs: set[str] = field(default_factory=set)
    loaded_tables: int = 0
    kinds: dict[str, list[LeafResult]] = field(default_factory=dict)
    records: int = 0

    def names(self, part: str) -> list[str]:
        """All values of a field of the facts that is a list of texts, each once, in order."""
        return list(dict.fromkeys(value for facts in self.facts for value in getattr(facts, part)))


def describe_collections(leaves: Sequence[LeafResult], seals: Iterable[Seal] = ()) -> Described:
    """Put the accounts of collections together.

    Args:
        leaves: accounts of all files and members.
        seals: hash and size of the evidence files; a collection that is one archive gets that of the archive.
    """
    found = _find_roots(leaves)
    if not found:
        return Described(list(leaves))
    collections = {root: _Collection(root, tool) for root, tool in found.items()}
    kept = [leaf for leaf in leaves if not _take(leaf, collections)]
    sealed = {item.label: item for item in seals}
    told = [collections[root] for root in sorted(collections)]
    for collection in told:
        kept += _accounts(collection, sealed.get(collection.root))
    return Described(kept, tuple(_sentence(collection) for collection in told))


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the label of a file gives a collection away: by the path alone, or when a collector wrote the file."""

    tool: str
    needs_facts: bool
    pattern: re.Pattern[str]

    def root(self, leaf: LeafResult) -> str:
        """The folder or archive of the collection; empty when the file tells of none."""
        if self.needs_facts and leaf.facts is None:
            return ""
        match = self.pattern.fullmatch(leaf.intake.file)
        return match[1] if match else ""


@cache
def _layouts() -> tuple[_Layout, ...]:
    return tuple(
        _Layout(row["tool"], row["by"] == "record", re.compile(row["pattern"], re.IGNORECASE))
        for row in _table("triage_layouts")
    )


@cache
def _wanted_logs() -> tuple[tuple[str, str], ...]:
    """Name of a log source and the lower-cased name of its file."""
    return tuple(
        (row["name"], f"{row['channel'].replace('/', '%4')}.evtx".lower()) for row in _table("triage_logs")
    )


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _find_roots(leaves: Sequence[LeafResult]) -> dict[str, str]:
    """The folder or archive of each collection with its tool; the first layout that fits a root names it."""
    places: dict[str, int] = {}
    for leaf in leaves:
        for place, layout in enumerate(_layouts()):
            if root := layout.root(leaf):
                places[root] = min(place, places.get(root, place))
    return {root: _layouts()[place].tool for root, place in places.items()}


def _take(leaf: LeafResult, collections: dict[str, _Collection]) -> bool:
    """Note a leaf in its collection; True when it has no line of its own any more."""
    collection = _collection_of(leaf.intake.file, collections)
    if collection is None:
        return False
    name = _plain_name(leaf.intake.file)
    if leaf.facts is not None and leaf.intake.format == COLLECTOR_RECORD:
        collection.facts.append(leaf.facts)
        collection.records += 1
        return not leaf.issues
    if is_log(name):
        collection.logs.add(name)
        return False
    if leaf.foreign:
        collection.kinds.setdefault(leaf.intake.format, []).append(leaf)
        return True
    collection.loaded_tables += leaf.intake.loaded > 0
    return False


def _collection_of(label: str, collections: dict[str, _Collection]) -> _Collection | None:
    """The innermost collection around a file."""
    place = label
    while place:
        place = place.rpartition("/")[0]
        if place in collections:
            return collections[place]
    return None


def _plain_name(label: str) -> str:
    """File name in lower case, without the escapes that Velociraptor writes into names."""
    name = label.rpartition("/")[2]
    return (unquote(name) if "%25" in name else name).lower()


def _accounts(collection: _Collection, sealed: Seal | None) -> Iterator[LeafResult]:
    """One account of the collection itself and one for each kind of file that is no log."""
    tool = collection.tool
    failures = [failure for facts in collection.facts for failure in facts.failures]
    issues = tuple(
        ReadIssue(
            collection.root,
            "file",
            f"{tool} could not copy the log {path} ({why})",
            hint="Collect it again, or go on: coverage shows the gap.",
        )
        for path, why in failures
        if is_log(path)
    )
    yield LeafResult(
        FileIntake(
            collection.root,
            sealed.sha256 if sealed else "",
            sealed.size_bytes if sealed else 0,
            f"{tool} collection" if tool != "copied files" else tool,
            notes=tuple(_told(collection)),
        ),
        issues,
    )
    for kind, members in sorted(collection.kinds.items()):
        total = sum(member.intake.size_bytes for member in members)
        example = min(member.intake.file for member in members)
        note = f"{_count(len(members), 'file')}, {total:,} bytes, no logs; not read. The first is {example}."
        yield LeafResult(FileIntake(f"{collection.root} ({kind})", "", total, "ignored", notes=(note,)))


def _told(collection: _Collection) -> Iterator[str]:
    """What the collector says of its work, and what is missing of it."""
    if hosts := collection.names("hosts"):
        yield f"It names the host {_list(hosts)}."
    if profile := collection.names("profile"):
        yield f"It was told to collect {_list(profile)}."
    present = [name for name, file in _wanted_logs() if file in collection.logs]
    absent = [name for name, file in _wanted_logs() if file not in collection.logs]
    yield f"Event logs in it: {_count(len(collection.logs), 'file')}; of those that matter, {_list(present)}."
    if absent:
        yield (
            f"Not in it: {_list(absent)}. Whether the profile left them out or the host has none is not recorded."
        )
    listed = {_plain_name(path.replace("\\", "/")) for path in collection.names("logs")}
    if lost := sorted(listed - collection.logs):
        yield f"Its own record lists {_count(len(lost), 'log')} that did not come along: {_list(lost)}."
    if failed := sum(facts.failed for facts in collection.facts):
        reasons = Counter(why for facts in collection.facts for _, why in facts.failures)
        yield f"It reports {_count(failed, 'failure')}: {_list([why for why, _ in reasons.most_common()])}."
    if collection.loaded_tables:
        yield f"{_count(collection.loaded_tables, 'table')} of results hold events and were read as such."


def _sentence(collection: _Collection) -> str:
    absent = [name for name, file in _wanted_logs() if file not in collection.logs]
    what = (
        "a collection by " + collection.tool if collection.tool != "copied files" else "a set of copied files"
    )
    without = f" without {_list(absent)}" if absent else ""
    ignored = sum(len(members) for members in collection.kinds.values())
    return (
        f"{collection.root} is {what}: {_count(len(collection.logs), 'event log file')}{without}; "
        f"{_count(ignored, 'other file')} counted and not read."
    )


def _list(items: Sequence[str]) -> str:
    if not items:
        return "none"
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
