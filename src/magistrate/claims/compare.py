"""Finds the very record that an alert is about, and holds each claim against it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, image_name
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.claims.model import Alert, Claim, Comparison, State
from magistrate.context.lookup import same_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.store.base import Row, Store

SLACK = timedelta(seconds=5)
"""How far the time of an alert may lie from that of its record: clocks of products, and times cut to seconds."""
_PROCESS = "process_creation"
_CUT = 255  # characters: shorter command lines are not cut by products
_QUOTED = ("Image", "CommandLine", "ParentImage", "ProcessId", "User", "ParentCommandLine")
_QUERY = """
SELECT evidence_id, Timestamp, host, Channel, EventID, RecordId, file, Image, OriginalFileName, CommandLine,
       ParentImage, ParentCommandLine, ProcessId, User, SubjectUserName, TargetUserName, category
FROM event
WHERE category <> 'alert'
  AND (recovered IS NULL OR recovered = FALSE)
  AND (RecordId = :record_id OR (Timestamp >= :from_time AND Timestamp <= :to_time))
"""


@cache
def wmi_names() -> Mapping[str, str]:
    """Kind of each program that belongs to WMI or starts processes as WMI does, by its file name.

    Raises:
        ValueError: a row has no known kind or no source.
    """
    raw = resources.files(__package__).joinpath("names.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(raw.splitlines()))
    if not all(row["kind"] in ("provider", "kin", "client") and row["source"] for row in rows):
        raise ValueError("names.csv: each name needs a kind and a source")
    return {row["name"]: row["kind"] for row in rows}


def compare(store: Store, alert: Alert) -> Comparison:
    """Hold an alert against the records of a case.

    The very record is the one of that record id, host and time; without a record id, the only one of the host within
    seconds that has the claimed process id or program. Alerts of other tools and records from slack do not count.
    """
    bounds = (alert.utc - SLACK, alert.utc + SLACK) if alert.utc else (None, None)
    rows = store.query(
        _QUERY,
        {"record_id": alert.record_id, "from_time": bounds[0], "to_time": bounds[1]},
        name="record of the alert",
    )
    fitting = sorted((row for row in rows if _fits(alert, row)), key=_fullest_first)
    things = {_thing(row) for row in fitting}
    if len(things) != 1:
        return Comparison(alert, _claims(alert, None), None, len(things))
    untrue = set.intersection(*({c.name for c in _claims(alert, row) if c.deciding} for row in fitting))
    claims = tuple(replace(claim, deciding=claim.name in untrue) for claim in _claims(alert, fitting[0]))
    return Comparison(alert, claims, evidence_of(fitting[0], *_QUOTED), 1)


def _thing(row: Row) -> tuple[str | int | None, ...]:
    """What a record is about: the start of a process that two sensors recorded is one thing."""
    if row.get("category") == _PROCESS and number(row, "ProcessId") is not None:
        return "process", number(row, "ProcessId"), image_name(text(row, "Image"))
    return "record", text(row, "evidence_id")


def _fullest_first(row: Row) -> tuple[int, str]:
    """The record that says most comes first; ties by id."""
    return -sum(text(row, column) is not None for column in _QUOTED), text(row, "evidence_id") or ""


def _fits(alert: Alert, row: Row) -> bool:
    """Whether a record can be the one that the alert is about."""
    utc = moment(row)
    if not same_host(alert.host, text(row, "host")) and not same_host(text(row, "host"), alert.host):
        return False
    if alert.utc is not None and (utc is None or abs(utc - alert.utc) > SLACK):
        return False
    if alert.channel and (text(row, "Channel") or "").lower() != alert.channel.lower():
        return False
    if alert.record_id is not None:
        return number(row, "RecordId") == alert.record_id
    if alert.process_id is not None:
        return number(row, "ProcessId") == alert.process_id and row.get("category") == _PROCESS
    return (
        row.get("category") == _PROCESS
        and alert.image is not None
        and image_name(text(row, "Image")) == image_name(alert.image)
    )


def _claims(alert: Alert, row: Row | None) -> tuple[Claim, ...]:
    found = [
        _claim("host", alert.host, row, "host", same=row is not None),
        _claim("time", alert.utc.isoformat() if alert.utc else None, row, "Timestamp", same=True),
        _claim("record id", _word(alert.record_id), row, "RecordId", same=True),
        _claim("channel", alert.channel, row, "Channel", same=True),
        _claim("process id", _word(alert.process_id), row, "ProcessId"),
        _program("image", alert.image, row, "Image"),
        _program("parent", alert.parent, row, "ParentImage"),
        _command(alert.command_line, row),
        _user(alert.user, row),
    ]
    return tuple(claim for claim in found if claim is not None)


def _word(value: int | None) -> str | None:
    return None if value is None else str(value)


def _claim(
    name: str,
    claimed: str | None,
    row: Row | None,
    column: str,
    *,
    same: bool | None = None,
    deciding: bool = False,
) -> Claim | None:
    """A claim against one column; `same` None compares the texts."""
    if claimed is None:
        return None
    recorded = text(row, column) if row is not None else None
    if not recorded:
        return Claim(name, claimed, State.NOT_FOUND)
    fits = claimed.strip().lower() == recorded.strip().lower() if same is None else same
    state = State.CONFIRMED if fits else State.CONTRADICTED
    return Claim(name, claimed, state, column, recorded, deciding and not fits)


def _program(name: str, claimed: str | None, row: Row | None, column: str) -> Claim | None:
    if claimed is None or row is None:
        return _claim(name, claimed, row, column)
    recorded = text(row, column) or ""
    whole = "\\" in claimed and "\\" in recorded
    same = claimed.strip('" ').lower() == recorded.strip('" ').lower() if whole else False
    same = same or (not whole and image_name(claimed) == image_name(recorded))
    return _claim(name, claimed, row, column, same=same, deciding=_is_untrue(claimed, row, column))


def _is_untrue(claimed: str, row: Row, column: str) -> bool:
    """Whether a claim that made this an alert about WMI is plainly untrue: nothing of the record has to do with WMI."""
    if wmi_names().get(image_name(claimed)) not in ("provider", "client") or not image_name(
        text(row, column)
    ):
        return False
    named = (text(row, part) for part in ("Image", "OriginalFileName", "ParentImage"))
    if any(image_name(name) in wmi_names() for name in named):
        return False
    commands = f"{text(row, 'CommandLine') or ''} {text(row, 'ParentCommandLine') or ''}".lower()
    return row.get("category") == _PROCESS and not any(word in commands for word in ("wmi", "cim", "winrm"))


def _command(claimed: str | None, row: Row | None) -> Claim | None:
    if claimed is None or row is None:
        return _claim("command line", claimed, row, "CommandLine")
    one, other = (" ".join(item.split()).lower() for item in (claimed, text(row, "CommandLine") or ""))
    one = one.removesuffix("\u2026").removesuffix("...")
    cut = len(claimed) >= _CUT or len(one) < len(" ".join(claimed.split()))
    return _claim(
        "command line", claimed, row, "CommandLine", same=one == other or (cut and other.startswith(one))
    )


def _user(claimed: str | None, row: Row | None) -> Claim | None:
    if row is None:
        return _claim("user", claimed, row, "User")
    columns = [column for column in ("User", "TargetUserName", "SubjectUserName") if text(row, column)]
    for column in columns:
        if account_name(claimed) == account_name(text(row, column)):
            return _claim("user", claimed, row, column, same=True)
    return _claim("user", claimed, row, columns[0] if columns else "User", same=False)
