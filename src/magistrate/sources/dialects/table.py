"""Flat objects that no product claims: a channel, an event id or a record id, and everything else is event data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.layout import ByLayout, Layout, Layouts
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

_layouts = Layouts("flat")


class Table(ByLayout):
    """The last resort: it takes what no other dialect does."""

    format = Format(
        name="flat",
        title="Flat JSON events",
        gives=Gives.EVENTS,
        recognised_by="a key such as Channel, EventID or EventRecordID, where no product is recognised",
        answers="What its fields hold, by their recorded names.",
        cannot="Nobody says which fields the export dropped; compare with the log it was made from.",
        source="public JSON exports",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Never asked: the dispatcher comes here when nobody else takes the object."""
        return False

    def layout_of(self, value: Mapping[str, Any]) -> Layout:
        """What its keys are, as far as public exports use them."""
        return _layouts.of(value)


DIALECT = Table()
