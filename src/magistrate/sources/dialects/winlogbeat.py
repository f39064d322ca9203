"""Events of Winlogbeat 7 and 8 and of Elastic Agent, with `winlog.*` or with ECS fields alone.

Elastic's pipelines move event data to ECS names and drop the original (`CommandLine` becomes
`process.command_line`). What is missing below `winlog.event_data` is brought back by `ecs_fields.csv`.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord
from magistrate.sources.dialects.base import Place, dotted, member, single
from magistrate.sources.event_tree import event_number, plain_text, whole_number
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA = ("event_data", "user_data")
_USER = "user.domain\\user.name"


class Winlogbeat:
    """A `winlog` object or dotted keys; without it, an event code and a Windows provider."""

    format = Format(
        name="winlogbeat",
        title="Winlogbeat 7 and 8, Elastic Agent (ECS)",
        gives=Gives.EVENTS,
        recognised_by="winlog.channel or winlog.event_id, or event.code with a Windows event.provider; also inside "
        "_source, fields and hits.hits of Elasticsearch",
        answers="As the event log; fields that a pipeline moved to ECS names are brought back.",
        cannot="PowerShell 4103, 400 and 800 lose their context text in Elastic's pipeline; export event.original too.",
        source="Winlogbeat 7 and 8 exported fields, Elastic Windows and System integrations",
    )

    looks_into = frozenset({"winlog", "event", "event.code", "event.provider"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Winlogbeat's own object; or ECS fields of a Windows event that lost it."""
        if isinstance(value.get("winlog"), dict) or "winlog.channel" in value or "winlog.event_id" in value:
            return "kibana.alert.rule.name" not in value and "signal" not in value
        event = value.get("event")
        provider = event.get("provider") if isinstance(event, dict) else value.get("event.provider")
        code = event.get("code") if isinstance(event, dict) else value.get("event.code")
        return code is not None and str(single(provider) or "").startswith("Microsoft-Windows-")

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the object, ECS fields included."""
        log = member(value, "winlog")
        event, host = member(value, "event"), member(value, "host")
        provider = plain_text(single(log.get("provider_name", event.get("provider")))) or ""
        event_id = event_number(single(log.get("event_id", event.get("code"))))
        user_data = {key: item for key, item in member(log, "user_data").items() if key != "xml_name"}
        data = {
            key: plain_text(single(item)) for key, item in (member(log, "event_data") | user_data).items()
        }
        _bring_back(value, provider, event_id, data)
        time = single(value.get("@timestamp"))
        return RawRecord(
            channel=plain_text(single(log.get("channel"))) or "",
            provider=provider,
            event_id=event_id,
            computer=plain_text(single(log.get("computer_name", host.get("name")))) or "",
            record_id=whole_number(plain_text(single(log.get("record_id")))),
            # Winlogbeat fills @timestamp with the event's own TimeCreated.
            times={"TimeCreated": plain_text(time) or ""} if time is not None else {},
            data=data,
            raw=place.raw,
            locator=place.locator,
            version=whole_number(plain_text(single(log.get("version")))),
            message=plain_text(single(value.get("message"))),
            logger_sid=plain_text(single(member(log, "user").get("identifier"))),
            logger_pid=whole_number(plain_text(single(member(log, "process").get("pid")))),
        )


@cache
def _moved() -> Mapping[tuple[str, int], tuple[tuple[str, str], ...]]:
    """(ECS name, field) by provider in lower case and event id."""
    text = resources.files("magistrate.sources").joinpath("ecs_fields.csv").read_text(encoding="utf-8")
    found: dict[tuple[str, int], dict[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        for event_id in row["event_ids"].split():
            fields = found.setdefault((row["provider"].lower(), int(event_id)), {})
            if row["field"] in fields.values() or row["ecs"] in fields:
                raise ValueError(f"ecs_fields.csv repeats {row['provider']} {event_id} {row['field']}")
            fields[row["ecs"]] = row["field"]
    return {key: tuple(fields.items()) for key, fields in found.items()}


def _bring_back(value: Mapping[str, Any], provider: str, event_id: int, data: dict[str, str | None]) -> None:
    """Add the event data that a pipeline moved to ECS names; recorded event data stays."""
    missing = [item for item in _moved().get((provider.lower(), event_id), ()) if item[1] not in data]
    if not missing:
        return
    fields = dotted({key: item for key, item in value.items() if key not in ("message", "agent", "ecs")})
    for name, field in missing:
        if name == _USER:
            user, domain = (plain_text(single(fields.get(part))) for part in ("user.name", "user.domain"))
            text = f"{domain}\\{user}" if user and domain else user
        else:
            text = plain_text(single(fields.get(name)))
        if text is not None:
            data[field] = text


DIALECT = Winlogbeat()
