"""Detection alerts of Elastic Security: the rule beside a copy of the event that it hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.alert import Alert, account, alert_record, names_in
from magistrate.sources.dialects.base import Place, dotted, first_text
from magistrate.sources.event_tree import plain_text
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord

_RULE = "kibana.alert.rule.name"


class ElasticAlert:
    """Documents of `.alerts-security`, and of `.siem-signals` before version 8."""

    format = Format(
        name="elastic_alert",
        title="Elastic Security detection alerts",
        gives=Gives.ALERTS,
        recognised_by="kibana.alert.rule.name, or signal.rule; also inside _source and hits.hits",
        answers="Which rule fired on which record of which host, and when; a single-event rule copies the event's keys.",
        cannot="Rules over several events name none of them; coverage needs the events themselves.",
        source="Elastic Security alert schema",
    )

    looks_into = frozenset({"kibana", "signal"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """The rule's name in either form."""
        if _RULE in value or "signal.rule.name" in value:
            return True
        if not isinstance(value.get("kibana"), dict) and not isinstance(value.get("signal"), dict):
            return False
        fields = dotted(value)
        return _RULE in fields or "signal.rule.name" in fields

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one alert."""
        fields = dotted(value)
        rule = "kibana.alert.rule" if _RULE in fields else "signal.rule"
        level = ("kibana.alert.severity", "kibana.alert.rule.severity", "signal.rule.severity")
        return alert_record(
            Alert(
                tool="Elastic Security",
                title=first_text(fields, f"{rule}.name"),
                severity=first_text(fields, *level),
                rule_id=first_text(fields, f"{rule}.rule_id", f"{rule}.uuid", f"{rule}.id"),
                tags=names_in(fields.get(f"{rule}.tags")),
                details=first_text(fields, "kibana.alert.reason", f"{rule}.description"),
                host=first_text(fields, "winlog.computer_name", "host.name"),
                time=first_text(fields, "kibana.alert.original_time", "signal.original_time", "@timestamp"),
                channel=first_text(fields, "winlog.channel"),
                event_id=first_text(fields, "winlog.event_id", "event.code"),
                record_id=first_text(fields, "winlog.record_id"),
                user=account(first_text(fields, "user.domain"), first_text(fields, "user.name")),
                user_sid=first_text(fields, "user.id"),
                source_ip=first_text(fields, "source.ip"),
                recorded={name: plain_text(item) for name, item in fields.items()},
            ),
            place,
        )


DIALECT = ElasticAlert()
