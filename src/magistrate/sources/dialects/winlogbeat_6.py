"""Events of Winlogbeat 6 and older, before the Elastic Common Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.base import Place, member
from magistrate.sources.dialects.layout import Layouts, record_by_layout
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord

_layouts = Layouts("winlogbeat_6")


class Winlogbeat6:
    """`event_data` and `user_data` objects beside plain columns."""

    format = Format(
        name="winlogbeat_6",
        title="Winlogbeat 6 JSON",
        gives=Gives.EVENTS,
        recognised_by="log_name with event_data or record_number",
        answers="As the event log.",
        cannot="Nothing is lost that the event log holds.",
        source="Winlogbeat 6 exported fields; public exports",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Its own name of the channel, with its data or record number."""
        return "log_name" in value and ("event_data" in value or "record_number" in value)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the object; the name of the user-data element is no event data."""
        user_data = {key: item for key, item in member(value, "user_data").items() if key != "xml_name"}
        user = member(value, "user").get("identifier")
        plain = {key: item for key, item in value.items() if key not in ("user", "user_data")}
        flat = plain | {"user_data": user_data, "user.identifier": user}
        return record_by_layout(flat, _layouts.of(flat), place)


DIALECT = Winlogbeat6()
