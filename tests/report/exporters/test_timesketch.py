from __future__ import annotations

import json
from datetime import datetime

from magistrate.report.build import build_view
from magistrate.report.exporters import timesketch
from magistrate.report.exporters.timeline import timeline_rows
from report.sample_case import hostile_case, sample_case


def _events(case) -> list[dict]:
    return [json.loads(line) for line in timesketch.render(build_view(case)).splitlines()]


def test_every_event_has_the_three_fields_and_a_time_with_its_zone() -> None:
    events = _events(sample_case())

    assert events
    assert all({"message", "datetime", "timestamp_desc"} <= set(event) for event in events)
    assert all(datetime.fromisoformat(event["datetime"]).tzinfo for event in events)


def test_every_row_of_the_timeline_with_a_time_is_an_event() -> None:
    rows = [row for row in timeline_rows(build_view(sample_case())) if row.get("datetime")]

    assert len(_events(sample_case())) == len(rows)


def test_a_command_is_exact() -> None:
    text = "a\n\x1b[2J\u202e=1"

    assert text in [event.get("command") for event in _events(hostile_case(text))]
