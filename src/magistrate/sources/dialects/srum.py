"""Network use of programs by the System Resource Usage Monitor, as a forensic tool exports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord
from magistrate.sources.dialects.base import Place, number
from magistrate.sources.event_tree import UNKNOWN_EVENT, plain_text
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

_TELLING = frozenset({"ExeInfo", "BytesSent", "BytesReceived", "Timestamp"})


class Srum:
    """One row is one program, user and interface within about an hour."""

    format = Format(
        name="srum",
        title="SRUM network usage (SrumECmd)",
        gives=Gives.NETWORK,
        recognised_by="the columns ExeInfo, BytesSent, BytesReceived and Timestamp",
        answers="How many bytes each program sent and received, about once an hour, for 30 to 60 days.",
        cannot="Where the bytes went, and on which host: the export does not name it. Times are rounded to the hour.",
        source="header of SrumECmd's network usage table",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """The program beside both directions of its bytes."""
        return value.keys() >= _TELLING

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one row; its time is UTC although it does not say so."""
        data = {name: plain_text(item) for name, item in value.items()}
        time = data.get("Timestamp")
        return RawRecord(
            channel="SRUM/NetworkUsages",
            provider="SRUM",
            event_id=UNKNOWN_EVENT,
            event_name="network_usage",
            computer="",
            record_id=number(value.get("Id")),
            times={"UtcTime": time} if time else {},
            data=data,
            raw=place.raw,
            locator=place.locator,
        )


DIALECT = Srum()
