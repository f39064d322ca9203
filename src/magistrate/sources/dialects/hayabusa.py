"""Timelines of Hayabusa, as JSON or as rows of its CSV: detections, not events."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.alert import Alert, alert_record, names_in
from magistrate.sources.dialects.base import Place, first_text, texts
from magistrate.sources.event_tree import plain_text
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord

_BAR = "\u00a6"


class Hayabusa:
    """One detection with the record it points at; the channel comes abbreviated."""

    format = Format(
        name="hayabusa",
        title="Hayabusa timeline, JSON, JSONL or CSV",
        gives=Gives.ALERTS,
        recognised_by="the key or column RuleTitle",
        answers="Which rule fired on which record of which host, and when.",
        cannot="It holds no events: coverage, logons, sources and absence need the logs it was made from. A time is "
        "read with the zone that Hayabusa wrote.",
        source="Hayabusa output profiles and channel abbreviations",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """The column that every profile has."""
        return "RuleTitle" in value

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one detection."""
        details = _details(value.get("Details"))
        channel = first_text(value, "Channel")
        tags = (names_in(value.get(name)) for name in ("MitreTactics", "MitreTags", "OtherTags"))
        return alert_record(
            Alert(
                tool="Hayabusa",
                title=first_text(value, "RuleTitle"),
                severity=first_text(value, "Level"),
                rule_id=first_text(value, "RuleID", "RuleFile"),
                tags=[tag for group in tags for tag in group if tag != "-"],
                details=plain_text(value.get("Details")),
                host=first_text(value, "Computer"),
                time=first_text(value, "Timestamp"),
                channel=_channels().get(channel or "", channel),
                event_id=first_text(value, "EventID"),
                record_id=first_text(value, "RecordID"),
                user=first_text(details, "User", "TgtUser", "SrcUser"),
                logon_id=first_text(details, "LID"),
                source_ip=first_text(details, "SrcIP"),
                recorded=texts(value),
            ),
            place,
        )


def _details(value: Any) -> Mapping[str, Any]:
    """Fields of the details: an object in JSON, `Name: value` parts between broken bars in CSV."""
    if isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for part in (plain_text(value) or "").split(_BAR):
        name, mark, text = part.partition(":")
        if mark:
            found.setdefault(name.strip(), text.strip())
    return found


@cache
def _channels() -> Mapping[str, str]:
    text = resources.files("magistrate.sources").joinpath("hayabusa_channels.csv").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        if found.setdefault(row["abbreviation"], row["channel"]) != row["channel"]:
            raise ValueError(f"hayabusa_channels.csv repeats {row['abbreviation']}")
    return found


DIALECT = Hayabusa()
