"""Endpoint events of Elastic Defend: ECS fields, and a data set instead of an event id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord
from magistrate.sources.dialects.base import Place, dotted, first_text, member, single
from magistrate.sources.event_tree import UNKNOWN_EVENT, plain_text
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "endpoint.events."


class ElasticDefend:
    """The data set says the table, `event.action` the kind of event."""

    format = Format(
        name="elastic_defend",
        title="Elastic Defend endpoint events (ECS)",
        gives=Gives.EVENTS,
        recognised_by="event.dataset or data_stream.dataset beginning with endpoint.events.",
        answers="Processes with parent and account, connections with their process, files, registry, libraries.",
        cannot="No logon ids that join to a logon, no WMI provider loads; logons only where the security data set is on.",
        source="Elastic Defend integration, exported fields",
    )

    looks_into = frozenset({"event", "data_stream", "event.dataset", "data_stream.dataset"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """A data set of the endpoint."""
        for name in ("event", "data_stream"):
            inner = value.get(name)
            dataset = inner.get("dataset") if isinstance(inner, dict) else value.get(f"{name}.dataset")
            if str(single(dataset) or "").startswith(_PREFIX):
                return True
        return False

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the document with dotted names."""
        event, stream = member(value, "event"), member(value, "data_stream")
        dataset = plain_text(single(event.get("dataset", stream.get("dataset")))) or ""
        action = event.get("action")
        action = action[0] if isinstance(action, list) and action else action
        fields = dotted(value)
        time = first_text(value, "@timestamp")
        return RawRecord(
            channel=dataset,
            provider="Elastic Defend",
            event_id=UNKNOWN_EVENT,
            event_name=f"{dataset.removeprefix(_PREFIX)}:{plain_text(action) or ''}",
            computer=first_text(fields, "host.name", "host.hostname") or "",
            record_id=None,
            times={"TimeCreated": time} if time is not None else {},
            data={name: plain_text(single(item)) for name, item in fields.items()},
            raw=place.raw,
            locator=place.locator,
        )


DIALECT = ElasticDefend()
