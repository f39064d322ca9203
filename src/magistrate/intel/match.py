"""Compares the user's lists with the records and the commands of a case."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.intel.fingerprints import find_tools, texts_of
from magistrate.intel.model import Indicator, Intel, Match, Standing, ValueKind
from magistrate.intel.queries import query_text
from magistrate.intel.values import normal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from magistrate.activity.model import Activity, Story
    from magistrate.events.evidence import Evidence
    from magistrate.events.schema import ColumnType
    from magistrate.intel.model import IndicatorList
    from magistrate.store.base import Store

EXPIRES = timedelta(days=30)
"""Age from which an entry without an end of its own has to be checked again (triage practice 3.2)."""

CONTEXT_ONLY = timedelta(days=90)
"""Age from which an address says nothing of its present owner (triage practice 3.2)."""

BATCH = 10_000
_HASH = re.compile(r"(?i)(?:SHA256|SHA1|MD5)=([0-9a-f]{32,64})")
_URL = re.compile(r"(?:https?|ftp)://[^\s\"'<>|)\]}]{4,2000}")
_COLUMNS: tuple[tuple[str, ColumnType], ...] = (("number", "bigint"), ("kind", "text"), ("compared", "text"))
_WHOLE = frozenset({ValueKind.QUERY, ValueKind.WMI_NAME})
_Key = tuple[ValueKind, str]
_Entry = tuple[str, Indicator]


def assess_intel(store: Store, stories: Sequence[Story], lists: Sequence[IndicatorList]) -> Intel:
    """Find tools by their traces and compare the lists.

    Args:
        store: the events of the case.
        stories: all stories; those of the background are not searched for texts.
        lists: the user's lists.
    """
    entries: list[_Entry] = [(held.name, item) for held in lists for item in held.indicators]
    wanted: dict[_Key, list[_Entry]] = {}
    for name, item in entries:
        wanted.setdefault((item.kind, item.value), []).append((name, item))
    keys = sorted(wanted)
    seen: dict[_Key, tuple[str, int, Evidence]] = {}
    if keys:
        for key, basis, times, proof in (
            *_equal(store, keys),
            *_files(store, wanted),
            *_texts(stories, wanted),
        ):
            first = seen.get(key, (basis, 0, proof))
            seen[key] = (first[0], first[1] + times, first[2])
    end = moment(store.query("SELECT MAX(e.Timestamp) AS seen FROM event e", name="intel/end")[0], "seen")
    matches = tuple(
        Match(item, name, standing(item, end), *seen[key])
        for key in sorted(seen)
        for name, item in wanted[key]
    )
    return Intel(tuple(lists), matches, find_tools(stories))


def standing(item: Indicator, end: datetime | None) -> Standing:
    """What an entry is worth at the last event of a case."""
    if item.valid_until and end and item.valid_until < end:
        return Standing.EXPIRED
    if item.dated is None or end is None:
        return Standing.UNDATED
    age = end - item.dated
    if item.kind is ValueKind.ADDRESS and age > CONTEXT_ONLY:
        return Standing.CONTEXT
    return Standing.EXPIRED if age > EXPIRES and not item.valid_until else Standing.CURRENT


def _equal(store: Store, keys: Sequence[_Key]) -> Iterator[tuple[_Key, str, int, Evidence]]:
    """Fields that are the value."""
    rows = ({"number": place, "kind": key[0].value, "compared": key[1]} for place, key in enumerate(keys))
    store.register("intel_value", _COLUMNS, rows)
    for row in store.query(query_text("equal"), name="intel/equal"):
        field = text(row, "field") or ""
        place = number(row, "indicator")
        if place is not None:
            yield keys[place], f"{field} is the value", number(row, "number") or 1, evidence_of(row, field)


def _files(store: Store, wanted: dict[_Key, list[_Entry]]) -> Iterator[tuple[_Key, str, int, Evidence]]:
    """Hashes and names of files; not asked for without such an entry."""
    kinds = {kind for kind, _ in wanted} & {ValueKind.HASH, ValueKind.FILE}
    if not kinds:
        return
    for batch in store.batches(query_text("files"), rows=BATCH, name="intel/files"):
        for row in batch.to_pylist():
            for value in _HASH.findall(text(row, "Hashes") or ""):
                key = (ValueKind.HASH, value.lower())
                if key in wanted:
                    yield (
                        key,
                        "hash of the file",
                        number(row, "number") or 1,
                        evidence_of(row, "Hashes", "Image"),
                    )
            for field in ("Image", "ImageLoaded", "TargetFilename"):
                key = (ValueKind.FILE, (text(row, field) or "").lower().rpartition("\\")[2])
                if key in wanted:
                    yield (
                        key,
                        f"name of the file in {field}",
                        number(row, "number") or 1,
                        evidence_of(row, field),
                    )


def _texts(
    stories: Sequence[Story], wanted: dict[_Key, list[_Entry]]
) -> Iterator[tuple[_Key, str, int, Evidence]]:
    """URLs with their hosts, names and query texts in the commands, scripts and subscriptions of acting stories."""
    whole = [key for key in wanted if key[0] in _WHOLE]
    for story in stories:
        for activity in () if story.background else story.activities:
            if not activity.evidence:
                continue
            for key, basis in _said(activity, whole):
                if key in wanted:
                    yield key, basis, 1, activity.evidence[0]


def _said(activity: Activity, whole: Sequence[_Key]) -> Iterator[tuple[_Key, str]]:
    for url in _URL.findall(texts_of(activity)):
        yield (ValueKind.URL, url), "URL in a command or script"
        host = url.split("/", 3)[2].rpartition("@")[2].split(":", 1)[0]
        for kind in (ValueKind.DOMAIN, ValueKind.ADDRESS):
            try:
                yield (kind, normal(kind, host)), "host of a URL in a command or script"
            except ValueError:
                continue
    values = {" ".join(value.lower().split()).strip('"') for _, value in activity.facts}
    for key in whole:
        if key[1] in values:
            yield key, "text of the subscription or query"
