"""Detection summaries of CrowdStrike Falcon, from its event stream or its detections interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.alert import Alert, account, alert_record
from magistrate.sources.dialects.base import Place, first_text, texts
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord

_SUMMARY = "DetectionSummaryEvent"


class CrowdStrikeAlert:
    """`metadata` and `event` of the stream, or `detection_id` with `behaviors`."""

    format = Format(
        name="crowdstrike_alert",
        title="CrowdStrike Falcon detection summaries",
        gives=Gives.ALERTS,
        recognised_by="metadata.eventType ending in DetectionSummaryEvent, or detection_id with behaviors",
        answers="What was raised, how severe, on which host and account, and when.",
        cannot="It points at no record: the event has to be found by host and time.",
        source="CrowdStrike event streams and detections interface, field names as public parsers read them",
    )

    looks_into = frozenset({"metadata", "behaviors"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """The type of the stream's event, or the keys of a detection."""
        metadata = value.get("metadata")
        if isinstance(metadata, dict) and str(metadata.get("eventType")).endswith(_SUMMARY):
            return isinstance(value.get("event"), dict)
        return "detection_id" in value and isinstance(value.get("behaviors"), list)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one detection; of several behaviours the first counts."""
        event = value.get("event")
        if not isinstance(event, dict):
            return _detection(value, place)
        return alert_record(
            Alert(
                tool="CrowdStrike Falcon",
                title=first_text(event, "DetectName", "Name", "DetectDescription", "Description"),
                severity=first_text(event, "SeverityName", "Severity"),
                rule_id=first_text(event, "DetectId", "CompositeId"),
                tags=[tag for tag in (first_text(event, "Tactic"), first_text(event, "Technique")) if tag],
                details=first_text(event, "DetectDescription", "Description", "CommandLine"),
                host=first_text(event, "ComputerName", "Hostname"),
                time=first_text(event, "ProcessStartTime")
                or first_text(value["metadata"], "eventCreationTime"),
                user=account(first_text(event, "LogonDomain"), first_text(event, "UserName")),
                recorded=texts(event),
            ),
            place,
        )


def _detection(value: Mapping[str, Any], place: Place) -> RawRecord | str:
    behaviours = [item for item in value["behaviors"] if isinstance(item, dict)]
    first: Mapping[str, Any] = behaviours[0] if behaviours else {}
    device = value.get("device")
    device = device if isinstance(device, dict) else {}
    return alert_record(
        Alert(
            tool="CrowdStrike Falcon",
            title=first_text(first, "display_name", "scenario", "description"),
            severity=first_text(value, "max_severity_displayname", "max_severity"),
            rule_id=first_text(value, "detection_id"),
            tags=[tag for tag in (first_text(first, "tactic"), first_text(first, "technique")) if tag],
            details=first_text(first, "description", "cmdline"),
            host=first_text(device, "hostname"),
            time=first_text(first, "timestamp") or first_text(value, "first_behavior", "created_timestamp"),
            user=first_text(first, "user_name"),
            user_sid=first_text(first, "user_id"),
            recorded=texts(value),
        ),
        place,
    )


DIALECT = CrowdStrikeAlert()
