"""Lists of events as text: what the generic reader test does not show."""

from __future__ import annotations

import io

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, RawRecord
from magistrate.sources.guard import Guard
from magistrate.sources.readers.event_text import READER

ENTRY = b"Event[%d]:\n  Log Name: System\n  Source: Service Control Manager\n  Date: 2026-03-03T13:00:01\n  Event ID: 7036\n  Computer: SRV02\n  Description: \n%s\n\n"


def read(content: bytes, limits: Limits | None = None) -> list[object]:
    reader = READER.configured(limits or Limits(), Guard())
    return [item for item in reader.read(io.BytesIO(content), "x") if isinstance(item, RawRecord | ReadIssue)]


def test_the_description_is_the_message_whatever_lines_it_has():
    (record,) = read(ENTRY % (0, b"one\n\n  Source: two"))

    assert (record.message, record.provider) == ("one\n\n  Source: two", "Service Control Manager")


def test_numbers_that_do_not_follow_each_other_are_told():
    records = read(ENTRY % (0, b"a") + ENTRY % (7, b"b") + ENTRY % (1, b"c"))

    assert [bool(record.notes) for record in records] == [False, True, True]


def test_an_entry_above_the_limit_is_refused_and_the_next_loads():
    first, second = read(ENTRY % (0, b"x" * 2000) + ENTRY % (1, b"y"), Limits(line_bytes=1000))

    assert (first.refused, second.message) == (True, "y")


def test_a_list_without_an_event_id_is_not_taken():
    assert not READER.recognises(b"Message : hello\nName    : example\n")
