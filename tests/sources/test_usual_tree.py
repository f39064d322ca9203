"""The short way through an event's JSON form gives what the general way gives, or stands aside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from magistrate.sources.event_tree import record_from_tree
from magistrate.sources.usual_tree import usual_record

SYSTEM: dict[str, Any] = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "{0}"}},
    "EventID": 1,
    "Version": 5,
    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-02T10:00:00.000000Z"}},
    "EventRecordID": 7,
    "Execution": {"#attributes": {"ProcessID": 4, "ThreadID": 8}},
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "SRV01.corp.example",
    "Security": {"#attributes": {"UserID": "S-1-5-18"}},
}


def text_of(system: dict[str, Any] | None = None, **parts: Any) -> str:
    return json.dumps({"Event": {"System": {**SYSTEM, **(system or {})}, **parts}})


@pytest.mark.parametrize(
    "text",
    [
        text_of(
            EventData={"Image": "C:\\a.exe", "ProcessId": 10, "Elevated": True, "Load": 0.5, "Gone": None}
        ),
        text_of(EventData={"a": "1", "a_1": "2"}),
        text_of(EventData={"Data": ["one", "two"]}),
        text_of(EventData={"Data": {"#text": ["one"]}, "Binary": None}),
        text_of(EventData={"#attributes": {"Name": "x"}, "a": {"#text": "1"}}),
        text_of(EventData="text"),
        text_of(EventData=None),
        text_of(UserData={"Operation": {"#attributes": {}, "Code": "0x0", "ProcessID": 3}}),
        text_of(EventData={"a": 1}, UserData={"b": {"c": 2}}),
        text_of({"Security": None, "Execution": None, "Version": None}),
    ],
)
def test_usual_layout_gives_the_same_record(text):
    assert usual_record(text, "here") == record_from_tree(json.loads(text)["Event"], text, "here")


@pytest.mark.parametrize(
    "system",
    [
        {"EventID": {"#text": 1}},
        {"EventID": "1"},
        {"EventID": -1},
        {"EventRecordID": 1 << 64},
        {"Provider": {"Name": "merged"}},
        {"Channel": None},
        {"TimeCreated": None},
        {"Execution": {"#attributes": {"ProcessID": "4"}}},
    ],
)
def test_other_layout_is_left_to_the_general_way(system):
    assert usual_record(text_of(system), "here") is None
