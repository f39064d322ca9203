"""Device tables of Microsoft Defender XDR advanced hunting, also as Sentinel stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sources.base import RawRecord
from magistrate.sources.dialects.base import Place, dotted, first_text, texts
from magistrate.sources.event_tree import UNKNOWN_EVENT, plain_text
from magistrate.sources.formats import Format, Gives
from magistrate.sources.mapping import load_mappings

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDER = "Microsoft Defender XDR"


class DefenderXdr:
    """One row of DeviceEvents, DeviceProcessEvents and so on: the kind of event is its ActionType."""

    format = Format(
        name="defender_xdr",
        title="Defender XDR tables DeviceEvents, DeviceProcessEvents, DeviceNetworkEvents, DeviceLogonEvents, "
        "DeviceFileEvents, DeviceRegistryEvents, DeviceImageLoadEvents",
        gives=Gives.EVENTS,
        recognised_by="DeviceName (or DeviceId) with ActionType",
        answers="Processes with parent, account and logon session, connections with their process, logons with their "
        "address, files, registry, libraries, WMI subscriptions and remote WMI operations.",
        cannot="The sensor samples: a missing row is no proof of absence. No record ids, no WMI provider loads, no "
        "failed WMI operations, no integrity of script text.",
        source="Microsoft Defender XDR advanced hunting schema reference",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """The two columns that all device tables share."""
        return "ActionType" in value and ("DeviceName" in value or "DeviceId" in value)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the row; additional fields get the name of their column in front."""
        data = texts(value, leave=("AdditionalFields",))
        data |= _additional(value.get("AdditionalFields"))
        time = first_text(value, "Timestamp", "TimeGenerated")
        table = first_text(value, "Type", "$table") or ""
        action = first_text(value, "ActionType") or ""
        return RawRecord(
            channel=table if table.startswith("Device") else _table_of(action),
            provider=PROVIDER,
            event_id=UNKNOWN_EVENT,
            event_name=action,
            computer=first_text(value, "DeviceName", "DeviceId") or "",
            record_id=None,
            times={"TimeCreated": time} if time is not None else {},
            data=data,
            raw=place.raw,
            locator=place.locator,
        )


def _table_of(action: str) -> str:
    """Table of a kind of event; rows from the portal do not name theirs."""
    target = load_mappings().find("", PROVIDER, action)
    return target.channel if target else "DeviceEvents"


def _additional(content: Any) -> dict[str, str | None]:
    """The additional fields, which come as an object or as its JSON text."""
    recorded = plain_text(content)
    if isinstance(content, str) and content.lstrip().startswith("{"):
        try:
            content = msgspec.json.decode(content.encode("utf-8", "surrogatepass"), strict=True)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            content = None
    fields = dotted(content, "AdditionalFields.") if isinstance(content, dict) else {}
    return {"AdditionalFields": recorded, **{name: plain_text(item) for name, item in fields.items()}}


DIALECT = DefenderXdr()
