"""Security alerts of Microsoft Graph, in its first and second form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.alert import Alert, account, alert_record, names_in
from magistrate.sources.dialects.base import Place, first_text, texts
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord


class GraphAlert:
    """An alert with its evidence list, or with host and user states."""

    format = Format(
        name="graph_alert",
        title="Microsoft Graph security alerts (Defender XDR)",
        gives=Gives.ALERTS,
        recognised_by="title and severity with serviceSource, or with vendorInformation; also inside value",
        answers="What the product raised, how severe, on which host and account, and when.",
        cannot="It points at no record: the event has to be found by host and time.",
        source="Microsoft Graph security API, resource types alert (v2) and alert (legacy)",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Names that only these resources put together."""
        return (
            "title" in value
            and "severity" in value
            and ("serviceSource" in value or "vendorInformation" in value)
        )

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one alert; of several hosts or accounts the first counts."""
        evidence = [item for item in value.get("evidence") or () if isinstance(item, dict)]
        device = _first([item for item in evidence if "deviceDnsName" in item or "hostName" in item])
        device = device or _first(value.get("hostStates"))
        user = _first([item["userAccount"] for item in evidence if "userAccount" in item])
        user = user or _first(value.get("userStates"))
        return alert_record(
            Alert(
                tool="Microsoft Graph",
                title=first_text(value, "title"),
                severity=first_text(value, "severity"),
                rule_id=first_text(value, "detectorId", "id"),
                tags=[*names_in(value.get("mitreTechniques")), *names_in(value.get("category"))],
                details=first_text(value, "description"),
                host=first_text(device, "deviceDnsName", "hostName", "fqdn", "netBiosName"),
                time=first_text(value, "firstActivityDateTime", "eventDateTime", "createdDateTime"),
                user=account(first_text(user, "domainName"), first_text(user, "accountName")),
                user_sid=first_text(user, "userSid", "onPremisesSecurityIdentifier"),
                recorded=texts(value),
            ),
            place,
        )


def _first(items: Any) -> Mapping[str, Any]:
    return items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}


DIALECT = GraphAlert()
