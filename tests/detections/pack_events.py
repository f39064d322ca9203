"""Turns the short examples of the signal pack into rows, through the same mappings as evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from magistrate.sources.normalise import normalise_raw
from magistrate.store.duckdb import DuckDBStore

HOST = "srv01.corp.example"
START = datetime(2026, 3, 4, 9, tzinfo=UTC)
CHANNELS = {
    "Sysmon": "Microsoft-Windows-Sysmon/Operational",
    "PowerShell": "Microsoft-Windows-PowerShell/Operational",
    "WMI-Activity": "Microsoft-Windows-WMI-Activity/Operational",
    "Defender": "Microsoft-Windows-Windows Defender/Operational",
}


def full_event(event, number):
    """One example event with host, time and record id; a time of null leaves the record without one."""
    time = event.get("Time", (START + timedelta(seconds=number)).isoformat())
    whole = {
        "Computer": HOST,
        "RecordId": number + 1,
        **event,
        "Channel": CHANNELS.get(event["Channel"], event["Channel"]),
    }
    whole.pop("Time", None)
    return {**whole, "Time": time} if time is not None else whole


def rows_of(events):
    return [normalise_raw(full_event(event, number)) for number, event in enumerate(events)]


def store_of(*events):
    return DuckDBStore.in_memory(rows_of(events))


def events_of(example):
    return [*example.events * example.repeat, *example.then]
