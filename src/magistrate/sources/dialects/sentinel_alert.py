"""Rows of Sentinel's SecurityAlert table and of Defender's AlertInfo and DeviceAlertEvents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sources.dialects.alert import Alert, account, alert_record, names_in
from magistrate.sources.dialects.base import Place, first_text, texts
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord


class SentinelAlert:
    """One alert; its entities are a list as JSON text."""

    format = Format(
        name="sentinel_alert",
        title="Sentinel SecurityAlert, Defender AlertInfo and DeviceAlertEvents rows",
        gives=Gives.ALERTS,
        recognised_by="AlertSeverity with AlertName or DisplayName; or AlertId with Title and Severity",
        answers="What was raised, how severe, on which host and account, and when. AlertInfo names no host.",
        cannot="It points at no record: the event has to be found by host and time.",
        source="Azure Monitor Logs table reference; Defender XDR advanced hunting schema reference",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Columns of one of the tables."""
        if "AlertSeverity" in value and ("AlertName" in value or "DisplayName" in value):
            return True
        return "AlertId" in value and "Title" in value and "Severity" in value

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one alert."""
        entities = _entities(value.get("Entities"))
        host = next((item for item in entities if item.get("Type") == "host"), {})
        user = next((item for item in entities if item.get("Type") == "account"), {})
        name, suffix = first_text(host, "HostName"), first_text(host, "DnsDomain")
        defender = "AlertId" in value
        return alert_record(
            Alert(
                tool="Microsoft Defender XDR" if defender else "Microsoft Sentinel",
                title=first_text(value, "DisplayName", "AlertName", "Title"),
                severity=first_text(value, "AlertSeverity", "Severity"),
                rule_id=first_text(value, "AlertType", "SystemAlertId", "AlertId"),
                tags=[*names_in(value.get("Techniques")), *names_in(value.get("AttackTechniques"))],
                details=first_text(value, "Description", "Category"),
                host=(f"{name}.{suffix}" if name and suffix else name)
                or first_text(value, "DeviceName", "CompromisedEntity"),
                time=first_text(value, "StartTime", "Timestamp", "TimeGenerated"),
                user=account(first_text(user, "NTDomain"), first_text(user, "Name"))
                or account(first_text(value, "AccountDomain"), first_text(value, "AccountName")),
                user_sid=first_text(user, "Sid"),
                source_ip=first_text(value, "RemoteIP"),
                recorded=texts(value),
            ),
            place,
        )


def _entities(content: Any) -> list[Mapping[str, Any]]:
    if isinstance(content, str):
        try:
            content = msgspec.json.decode(content.encode("utf-8", "surrogatepass"))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return []
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


DIALECT = SentinelAlert()
