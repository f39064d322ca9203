"""Brings one entry of a Zeek log to a raw record, whether it came as TSV or as JSON.

A row belongs to the sensor: both ends of a connection are addresses in it, so nothing here is ever a host's own
record. The sensor's name is in the log only where somebody configured it.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.sources.base import RawRecord
from magistrate.sources.event_tree import UNKNOWN_EVENT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_SENSOR = ("_system_name", "_node", "@system")
_UNDERSCORED = ("id_orig_h", "id_orig_p", "id_resp_h", "id_resp_p")
"""One exporter renames the connection's keys, because dots mean nesting where the log went."""


def zeek_record(log: str, fields: Mapping[str, str | None], raw: str, locator: str) -> RawRecord:
    """The raw record of one entry.

    Args:
        log: name of the log, `conn` for example; empty when nothing names it.
        fields: values by Zeek's names; None for one that is not set.
        raw: the entry as read.
        locator: where the entry stands in its file.
    """
    log = log or log_of(fields)
    data = dict(fields)
    for name in _UNDERSCORED:
        if name in data:
            data.setdefault(f"id.{name.removeprefix('id_')}", data.pop(name))
    sensor = next((text for name in _SENSOR if (text := data.get(name))), None)
    time = data.get("ts")
    return RawRecord(
        channel=f"Zeek/{log}",
        provider="Zeek",
        event_id=UNKNOWN_EVENT,
        event_name=log,
        computer=sensor or "",
        record_id=None,
        times={"TimeCreated": time} if time else {},
        data=data,
        raw=raw,
        locator=locator,
    )


def log_of(fields: Collection[str]) -> str:
    """Name of the log that has these fields, for entries that do not say; `unknown` when none fits."""
    return next((log for log, needed in _marks() if needed <= set(fields)), "unknown")


@cache
def _marks() -> tuple[tuple[str, frozenset[str]], ...]:
    text = resources.files(__package__).joinpath("zeek_logs.csv").read_text(encoding="utf-8")
    rows = tuple(csv.DictReader(text.splitlines()))
    if len({row["log"] for row in rows}) != len(rows):
        raise ValueError("zeek_logs.csv repeats a log")
    return tuple((row["log"], frozenset(row["fields"].split())) for row in rows)
