"""Reads an alert file: JSON of a product, or a few lines of YAML. The file may come from anybody."""

from __future__ import annotations

import csv
import hashlib
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.claims.model import Alert
from magistrate.errors import UsageError
from magistrate.sources.dialects.base import dotted, number, single
from magistrate.sources.event_tree import plain_text
from magistrate.sources.json_dialects import without_wrapper
from magistrate.sources.times import in_zone, parse_time, zone_named
from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

MAX_BYTES = 1 << 20
MAX_TEXT = 32_768  # characters of one claim; the longest command line of Windows
_CLAIMS = (
    "rule", "alert_id", "host", "time", "record_id", "channel", "image", "command_line", "parent", "user",
    "process_id", "zone",
)  # fmt: skip


@cache
def claim_fields() -> Mapping[str, tuple[str, ...]]:
    """The field names by claim, in the order in which they are tried, in lower case.

    Raises:
        ValueError: the table names another claim, leaves one out, or gives no source.
    """
    raw = resources.files(__package__).joinpath("fields.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(raw.splitlines()))
    if {row["claim"] for row in rows} != set(_CLAIMS) or not all(
        row["field"] and row["source"] for row in rows
    ):
        raise ValueError("fields.csv must name fields with a source for each claim")
    return {claim: tuple(row["field"].lower() for row in rows if row["claim"] == claim) for claim in _CLAIMS}


def read_alert(path: Path, zone: str | None = None) -> Alert:
    """Read one alert.

    Args:
        path: a JSON or YAML file with one alert, wrapped by its product or not.
        zone: the zone of times that name none; a `zone` in the file goes before.

    Raises:
        UsageError: the file cannot be read, is no single alert, or does not say which record it is about.
        PlaybookError: it is not the strict YAML that is read.
    """
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(path, "the alert file is not UTF-8", "Save it as UTF-8.") from error
    value = _single(_parsed(text, path), path)
    fields = {name.lower(): item for name, item in dotted(without_wrapper(value)).items()}
    said = {claim: _first(fields, names) for claim, names in claim_fields().items()}
    host, record_id = said["host"], number(said["record_id"])
    utc = _time(said["time"], said["zone"] or zone, path) if said["time"] else None
    if host is None or (record_id is None and utc is None):
        lacks = "no host" if host is None else "neither a record id nor a time"
        raise _refuse(path, f"the alert names {lacks}", "Add `host:` and `time:` or `record_id:` to it.")
    return Alert(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        host=host,
        utc=utc,
        record_id=record_id,
        channel=said["channel"],
        process_id=_whole(said["process_id"]),
        image=said["image"],
        command_line=said["command_line"],
        parent=said["parent"],
        user=said["user"],
        rule=said["rule"],
        alert_id=said["alert_id"],
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refuse(path, "the alert file cannot be read", "Check the path given with --alert.") from error
    if len(content) > MAX_BYTES:
        raise _refuse(path, "the alert file is larger than 1 MiB", "Give the file of one alert.")
    return content


def _parsed(text: str, path: Path) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return load_yaml(text, path.name)
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _refuse(
            path, f"the alert file is no JSON document ({error})", "Export the alert again."
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _single(value: Any, path: Path) -> dict[str, Any]:
    value = single(value)
    if not isinstance(value, dict):
        raise _refuse(path, "the file does not hold one alert", "Give a file with a single alert.")
    return value


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these fields that says something in one text."""
    for name in names:
        value = single(fields.get(name))
        if isinstance(value, dict | list) or value is None:
            continue
        text = (plain_text(value) or "").strip()
        if text and text != "-":
            return text[:MAX_TEXT]
    return None


def _whole(text: str | None) -> int | None:
    """A process id in decimal or, as 4688 writes it, in hexadecimal."""
    if text is None:
        return None
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return None


def _time(text: str, zone: str | None, path: Path) -> datetime:
    instant = parse_time(text)
    if instant is None:
        raise _refuse(path, "the time of the alert is no time", "Write it as 2026-03-02T10:00:00Z.")
    if instant.zone_assumed:
        if zone is None:
            hint = "Add the zone to the time, or `zone: Europe/Berlin` to the file, or use --zone."
            raise _refuse(path, "the time of the alert names no zone", hint)
        instant, _ = in_zone(instant, zone_named(zone))
    return instant.utc


def _refuse(path: Path, what: str, hint: str) -> UsageError:
    return UsageError(f"{what}.", location=path.name, hint=hint)
