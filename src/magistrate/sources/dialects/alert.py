"""What the dialects of other tools' alerts share: one shape of record, whatever the tool calls its parts.

An alert is no record of the event log: its channel is `Alert`, and the record it points at is cited in columns of
its own, so that an event with an alert is never counted twice and an alert never proves coverage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord
from magistrate.sources.dialects.base import first_text
from magistrate.sources.event_tree import UNKNOWN_EVENT, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magistrate.sources.dialects.base import Place

CHANNEL = "Alert"
EVENT_NAME = "alert"
_LONGER = {
    "crit": "critical",
    "emer": "critical",
    "emergency": "critical",
    "med": "medium",
    "info": "informational",
    "information": "informational",
}
"""Hayabusa's short levels; every other word stays as the tool writes it, in lower case."""


@dataclass(slots=True)
class Alert:
    """One alert, as far as its tool tells. `recorded` are the tool's own fields, kept as event data."""

    tool: str
    title: str | None
    severity: str | None = None
    rule_id: str | None = None
    tags: Iterable[str] = ()
    details: str | None = None
    host: str | None = None
    time: str | None = None
    channel: str | None = None
    event_id: str | None = None
    record_id: str | None = None
    user: str | None = None
    user_sid: str | None = None
    logon_id: str | None = None
    source_ip: str | None = None
    recorded: Mapping[str, str | None] = field(default_factory=dict)


def alert_record(alert: Alert, place: Place) -> RawRecord | str:
    """The raw record of an alert; a reason when it has not even a title."""
    if not (alert.title or "").strip():
        return f"an alert of {alert.tool} without a title"
    level = (alert.severity or "").strip().lower()
    own = {
        "RuleTitle": alert.title,
        "RuleId": alert.rule_id,
        "Severity": _LONGER.get(level, level) or None,
        "RuleTags": " ".join(alert.tags) or None,
        "AlertDetails": alert.details,
        "CitedChannel": alert.channel,
        "CitedEventID": alert.event_id,
        "CitedRecordId": alert.record_id,
        "User": alert.user,
        "UserSid": alert.user_sid,
        "LogonId": alert.logon_id,
        "SourceIp": alert.source_ip,
    }
    return RawRecord(
        channel=CHANNEL,
        provider=alert.tool,
        event_id=UNKNOWN_EVENT,
        event_name=EVENT_NAME,
        computer=alert.host or "",
        record_id=None,
        times={"TimeCreated": alert.time} if alert.time else {},
        data={**alert.recorded, **{name: text for name, text in own.items() if text is not None}},
        raw=place.raw,
        locator=place.locator,
    )


def names_in(value: Any) -> list[str]:
    """Texts of a list, of a list as JSON text, or of one text with commas, semicolons or broken bars between them."""
    if isinstance(value, list):
        return [text for item in value if (text := plain_text(item))]
    text = (plain_text(value) or "").strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].replace('"', "")
    for mark in ("\u00a6", ";"):
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def account(domain: str | None, name: str | None) -> str | None:
    r"""DOMAIN\\name, or the name alone."""
    if not name or "\\" in name or "@" in name:
        return name
    return f"{domain}\\{name}" if domain else name


def event_user(fields: Mapping[str, Any]) -> str | None:
    """The account that an event's fields name: the token's user, else the account that logged on, else the subject."""
    if user := first_text(fields, "User"):
        return user
    for side in ("Target", "Subject"):
        name = first_text(fields, f"{side}UserName")
        if name and name != "-":
            return account(first_text(fields, f"{side}DomainName"), name)
    return None
