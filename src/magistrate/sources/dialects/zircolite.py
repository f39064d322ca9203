"""Results of Zircolite: rules with the events that matched them, one alert for each match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.alert import Alert, alert_record, event_user, names_in
from magistrate.sources.dialects.base import Place, first_text, texts
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord

MATCH = "match"
"""Key under which the splitter of wrappers leaves one match beside the fields of its rule."""


class Zircolite:
    """A rule with one flat event; the splitter of wrappers makes one such object of every match."""

    format = Format(
        name="zircolite",
        title="Zircolite detected events, JSON or CSV",
        gives=Gives.ALERTS,
        recognised_by="rule_level with matches, or with the fields of one event",
        answers="Which rule fired on which record of which host, and when.",
        cannot="It holds only the events that a rule hit: coverage, sources and absence need the logs themselves.",
        source="Zircolite output",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Its own name of a level."""
        return "rule_level" in value

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one match; a CSV row holds the event's fields beside those of the rule."""
        match = value.get(MATCH)
        event = match if isinstance(match, dict) else value
        return alert_record(
            Alert(
                tool="Zircolite",
                title=first_text(value, "title", "rule_title"),
                severity=first_text(value, "rule_level"),
                rule_id=first_text(value, "id", "rule_id", "sigmafile"),
                tags=names_in(value.get("tags")),
                host=first_text(event, "Computer", "Hostname"),
                time=first_text(event, "SystemTime", "UtcTime", "TimeCreated", "timestamp"),
                channel=first_text(event, "Channel"),
                event_id=first_text(event, "EventID"),
                record_id=first_text(event, "EventRecordID", "RecordNumber"),
                user=event_user(event),
                logon_id=first_text(event, "LogonId", "TargetLogonId", "SubjectLogonId"),
                source_ip=first_text(event, "IpAddress", "SourceIp", "SourceAddress"),
                recorded=texts(value, leave=(MATCH, "matches", "sigma")) | (texts(event) if match else {}),
            ),
            place,
        )


DIALECT = Zircolite()
