"""Turns raw records into rows: the columns of a mapped event, or the slim columns of one that is only counted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sources.base import RawRecord
from magistrate.sources.derivations import derive
from magistrate.sources.event_tree import UNKNOWN_EVENT, event_number, plain_text, whole_number
from magistrate.sources.evidence_ids import evidence_id
from magistrate.sources.mapping import EventTarget, load_mappings
from magistrate.sources.message_values import values_from_message
from magistrate.sources.times import Instant, in_zone, parse_time, zone_bias
from magistrate.sources.values import NULL_TEXTS, converters, is_null, to_number

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]

SID = re.compile(r"S-1-\d+(?:-\d+)*", re.ASCII)
"""A SID as text."""

_LOGGED = ("TimeCreated", "EventTime", "@timestamp", "header")
SYSMON = "sysmon"
"""Name of the log source whose events carry a time of their own."""


OTHER = "other"
"""Category of the events that no mapping knows."""

OTHER_BUCKET = f"{OTHER}/unmapped"
"""One folder for all of them: a name made of their channel or event id would be foreign text in a path."""


@dataclass(slots=True)
class Normalised:
    """A row with at least the slim columns.

    `bucket` is its folder in the store, `<category>/<source>-<event id>`; None when the event is only counted.
    """

    row: Row
    bucket: str | None


def normalise(record: RawRecord, *, keep_all: bool = False, zone: tzinfo | None = None) -> Normalised:
    """Fill the columns of one record. Never fails: a value that does not fit its column stays null.

    The columns `file` and `file_sha256` are added by intake. With `keep_all` an event that no mapping knows gets
    the columns that every stored event has, and the category `other`. `zone` is taken for times that name none.
    """
    mappings = load_mappings()
    target, channel = mappings.route(record.channel, record.provider, record.event_name or record.event_id)
    data = _event_data(record, target)
    instant, time_source = _time(record, data, target.source if target else "", zone)
    utc = instant.utc if instant else None
    host = record.computer.lower().rstrip(".")
    row: Row = {
        "evidence_id": evidence_id(host, channel, record.event_id, record.record_id, utc, content_of(record)),
        "Timestamp": utc,
        "host": host or None,
        "Channel": channel or None,
        "Provider": record.provider or None,
        "EventID": None if record.event_id == UNKNOWN_EVENT else record.event_id,
        "RecordId": to_number(str(record.record_id)) if record.record_id is not None else None,
        "locator": record.locator,
    }
    if target is None and not keep_all:
        return Normalised(row, None)
    row |= {
        "time_source": time_source,
        "time_zone_assumed": bool(instant and instant.zone_assumed),
        "Computer": record.computer or None,
        "Version": record.version,
        "raw": record.system if record.can_be_reread else record.raw,
        "event_data": event_data_text(record, data),
        "logger_sid": record.logger_sid,
        "logger_pid": record.logger_pid,
    }
    if target is None:
        row["category"] = OTHER
        return Normalised(row, OTHER_BUCKET)
    if data is not record.data:
        row["Message"] = record.message
    row |= target.event.constant
    _fill_columns(row, data, target)
    _fill_identity(row, target)
    if target.event.derive:
        derive(target.event.derive, row, data)
    if target.event.user_sid_from_logger and record.logger_sid:
        row.setdefault("UserSid", record.logger_sid)
    _sort_out_sids(row)
    row["category"] = category = _category(target, data)
    return Normalised(row, f"{category}/{target.source}-{target.event_id}")


def normalise_raw(example: Mapping[str, Any]) -> Row:
    """Row of a compact example event: {Channel, EventID, Computer, Time, RecordId?, Provider?, data: {...}}.

    `EventName` stands instead of `EventID` where the product names its events. The example goes through the same
    mapping as evidence. The provider may be left out when channel and event id name one mapping; the raw text is
    the example as sorted JSON.

    Returns:
        The row; `category` is missing when the event is one that is only counted.
    """
    raw = json.dumps(example, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    channel = str(example.get("Channel", ""))
    event_id = event_number(example.get("EventID"))
    event_name = str(example.get("EventName", ""))
    provider = str(example.get("Provider", ""))
    if not provider and (target := load_mappings().find(channel, "", event_name or event_id)):
        event_providers = target.event.providers or _source_providers(target.source)
        provider = event_providers[0]
    time = example.get("Time")
    record = RawRecord(
        channel=channel,
        provider=provider,
        event_id=event_id,
        computer=str(example.get("Computer", "")),
        record_id=whole_number(plain_text(example.get("RecordId"))),
        times={"TimeCreated": str(time)} if time is not None else {},
        data={name: plain_text(value) for name, value in (example.get("data") or {}).items()},
        raw=raw,
        locator="example",
        version=whole_number(plain_text(example.get("Version"))),
        logger_sid=plain_text(example.get("UserID")),
        event_name=event_name,
    )
    row = normalise(record).row
    row["file"] = "example"
    return row


def content_of(record: RawRecord) -> bytes:
    """What makes a record differ from another of its host, channel, event id, record id and time."""
    return record.raw.encode("utf-8", "surrogatepass") if record.content is None else record.content


def event_data_text(record: RawRecord, data: Mapping[str, str | None]) -> str:
    """Every field of `data` as a JSON object; values are text, null, or the number or truth value of the log."""
    is_whole = record.is_plain and data is record.data
    content = record.content if is_whole and record.content else msgspec.json.encode(data)
    return content.decode()


def _time(
    record: RawRecord, data: Mapping[str, str | None], source: str, zone: tzinfo | None
) -> tuple[Instant | None, str]:
    """The time of the event and the field it came from: Sysmon's own, the log's, the arrival."""
    if source == SYSMON and (own := data.get("UtcTime")) and (instant := parse_time(own)):
        return Instant(instant.utc), "UtcTime"
    for name in _LOGGED:
        text = record.times.get(name)
        instant = parse_time(text) if text else None
        if instant is None:
            continue
        if instant.zone_assumed and zone is not None:
            instant, remark = in_zone(instant, zone)
            if remark is not None:
                record.notes = (*record.notes, remark)
        elif name == "EventTime" and instant.zone_assumed:
            arrival = record.times.get("@timestamp")
            bias = zone_bias(text or "", arrival) if arrival else None
            instant = Instant(instant.utc + (bias or timedelta()), True)
        return instant, name
    return None, "none"


def _event_data(record: RawRecord, target: EventTarget | None) -> Mapping[str, str | None]:
    """Event data; read from the message where an export dropped it."""
    form = target.event.message if target else None
    if target is None or form is None or not record.message:
        return record.data
    if any(name in target.by_field or name.lower() in target.folded for name in record.data):
        return record.data
    notes: list[str] = []
    values = values_from_message(form, record.message, notes)
    if notes:
        record.notes = (*record.notes, *notes)
    return {**record.data, **values}


def _fill_columns(row: Row, data: Mapping[str, str | None], target: EventTarget) -> None:
    plan = target.plan(tuple(data), converters())
    for name, column, change in plan.single:
        text = data[name]
        if text is None:
            continue
        # `is_null`, written out: this runs for every value of every record.
        short = text.strip()
        if len(short) < 7 and short in NULL_TEXTS and (len(text) < 16 or not short):
            continue
        if change is None:
            row[column] = text
        elif (value := change(text)) is not None:
            row[column] = value
    for names, column, change in plan.shared:
        for name in names:
            text = data[name]
            if text is None or is_null(text):
                continue
            value = change(text) if change else text
            if value is not None:
                row[column] = value
                break


NULL_SID = "S-1-0-0"
"""Windows writes the null SID in a 4688 whose target account it does not resolve; it names nobody."""


def _fill_identity(row: Row, target: EventTarget) -> None:
    """Whose account and logon session the event is about; the raw Subject and Target columns stay."""
    choice = target.event.identity
    if choice is None:
        return
    if choice == "target_or_subject":
        choice = "target" if row.get("TargetUserName") and row.get("TargetLogonId") else "subject"
    side = "Target" if choice == "target" else "Subject"
    name, domain = row.get(f"{side}UserName"), row.get(f"{side}DomainName")
    if name:
        row["User"] = f"{domain}\\{name}" if domain and "\\" not in name else name
    for column, field in (("UserSid", f"{side}UserSid"), ("LogonId", f"{side}LogonId")):
        if row.get(field) not in (None, NULL_SID):
            row[column] = row[field]


def _sort_out_sids(row: Row) -> None:
    before = row.get("User"), row.get("UserSid")
    if before != (after := sorted_out(*before)):
        row["User"], row["UserSid"] = after


def sorted_out(user: str | None, sid: str | None) -> tuple[str | None, str | None]:
    """User and SID: a SID moved from where a name belongs, and a name from where a SID belongs (Splunk resolves SIDs)."""
    if isinstance(user, str) and "S-1-" in user and SID.fullmatch(user.strip()):
        return (None if not sid or SID.fullmatch(sid) else sid), user.strip()
    if isinstance(sid, str) and not SID.fullmatch(sid):
        return user or sid, None
    return user, sid


def _category(target: EventTarget, data: Mapping[str, str | None]) -> str:
    when = target.event.category_when
    if when and (data.get(when.field) or "").strip().lower() == when.equals.lower():
        return when.category
    return target.event.category


def _source_providers(source: str) -> tuple[str, ...]:
    return next(item.providers for item in load_mappings().sources if item.source == source)
