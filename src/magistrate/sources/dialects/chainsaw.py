"""Hunt results of Chainsaw: detections with the document they were found in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.alert import Alert, alert_record, event_user, names_in
from magistrate.sources.dialects.base import Place, first_text, texts
from magistrate.sources.dialects.event_tree import merged_attributes
from magistrate.sources.event_tree import record_from_tree
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord


class Chainsaw:
    """One detection; of an aggregate the first document is cited and the others are counted."""

    format = Format(
        name="chainsaw",
        title="Chainsaw hunt JSON or JSONL",
        gives=Gives.ALERTS,
        recognised_by="document or documents beside name and group",
        answers="Which rule fired on which record of which host, and when.",
        cannot="It holds only the events that a rule hit: coverage, sources and absence need the logs themselves.",
        source="Chainsaw hunt output",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Its own words for a detection."""
        return "name" in value and "group" in value and ("document" in value or "documents" in value)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one detection."""
        documents = value.get("documents")
        many = documents if isinstance(documents, list) else []
        event = _event(value.get("document") or (many[0] if many else None))
        cited = record_from_tree(event, "", "") if event else None
        data: Mapping[str, Any] = cited.data if cited else {}
        return alert_record(
            Alert(
                tool="Chainsaw",
                title=first_text(value, "name"),
                severity=first_text(value, "level"),
                rule_id=first_text(value, "id"),
                tags=names_in(value.get("tags")),
                details=f"{len(many)} records together" if len(many) > 1 else None,
                host=cited.computer if cited else None,
                time=cited.times.get("TimeCreated")
                if cited and cited.times
                else first_text(value, "timestamp"),
                channel=cited.channel if cited else None,
                event_id=str(cited.event_id) if cited and cited.event_id >= 0 else None,
                record_id=str(cited.record_id) if cited and cited.record_id is not None else None,
                user=event_user(data),
                logon_id=first_text(data, "LogonId", "TargetLogonId", "SubjectLogonId"),
                source_ip=first_text(data, "IpAddress", "SourceIp", "SourceAddress"),
                recorded=texts(value, leave=("document", "documents")),
            ),
            place,
        )


def _event(document: Any) -> Mapping[str, Any] | None:
    data = document.get("data") if isinstance(document, dict) else None
    event = data.get("Event", data) if isinstance(data, dict) else None
    if not isinstance(event, dict) or not isinstance(event.get("System"), dict):
        return None
    return merged_attributes(event)


DIALECT = Chainsaw()
