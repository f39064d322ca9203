"""Events of NXLog's im_msvistalog, and the Mordor recordings made with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.layout import ByLayout, Layout, Layouts
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

_layouts = Layouts("nxlog")


class Nxlog(ByLayout):
    """Flat event data beside NXLog's own columns."""

    format = Format(
        name="nxlog",
        title="NXLog im_msvistalog JSON, Mordor recordings",
        gives=Gives.EVENTS,
        recognised_by="the key SourceModuleType, or EventTime with SourceName",
        answers="As the event log. EventTime is local time without a zone; UtcTime or the arrival time corrects it.",
        cannot="User data is dropped: WMI-Activity 5857 to 5861 are read from their English message only.",
        source="public NXLog exports",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """NXLog's module name, or its pair of time and source."""
        return "SourceModuleType" in value or ("EventTime" in value and "SourceName" in value)

    def layout_of(self, value: Mapping[str, Any]) -> Layout:
        """What its keys are; a renamed System column tells that the plain name is event data."""
        is_data = []
        # Telemetry notes 4.2, trap 6: the spelling is theirs.
        if "EventTypeOrignal" in value:
            is_data.append("EventType")
        if "ExecutionProcessID" in value:
            is_data.append("ProcessID")
        return _layouts.of(value, is_data=is_data)


DIALECT = Nxlog()
