from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from magistrate.cli import options
from magistrate.cli.options import UtcTime


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    moment = UtcTime().convert("2026-03-02T10:00:00", None, None)

    assert moment == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_time_with_a_zone_becomes_utc() -> None:
    moment = UtcTime().convert("2026-03-02T10:00:00+01:00", None, None)

    assert moment == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_is_no_time_is_refused_with_an_example() -> None:
    with pytest.raises(click.BadParameter, match="is not a time such as"):
        UtcTime().convert("yesterday", None, None)


def test_what_is_said_to_a_person_holds_no_control_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    options.say("read \x1b[2Jlog.evtx")

    assert "\x1b" not in capsys.readouterr().err
