"""Time texts: one UTC instant or none, and nothing invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.errors import UsageError
from magistrate.sources.times import DOUBLE, SKIPPED, Instant, in_zone, parse_time, zone_bias, zone_named

SEVEN = datetime(2024, 3, 10, 7, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-10T07:00:00Z", SEVEN),
        ("2024-03-10T07:00:00.1234567Z", SEVEN + timedelta(microseconds=123456)),
        ("2024-03-10 07:00:00.5 UTC", SEVEN + timedelta(microseconds=500_000)),
        ("2024-03-10T12:45:00+05:45", SEVEN),
        ("1710054000", SEVEN),
        ("1710054000.25", SEVEN + timedelta(microseconds=250_000)),
        ("1710054000123", SEVEN + timedelta(microseconds=123_000)),
        ("1710054000123456", SEVEN + timedelta(microseconds=123_456)),
        ("1710054000123456789", SEVEN + timedelta(microseconds=123_456)),
        ("133545276001234567", SEVEN + timedelta(microseconds=123_456)),
        ("1969-12-31T23:59:59.999Z", datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("9998-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_t_time_1_an_exact_text_gives_its_instant(text, expected):
    found = parse_time(text)

    assert found is not None
    assert (found.utc, found.zone_assumed) == (expected, False)


@pytest.mark.parametrize(
    "text", ["2024-03-10T07:00:00", "2024-03-10 07:00:00,000", "2024-03-10T07:00:00-00:00"]
)
def test_t_time_1_a_text_without_zone_is_read_as_utc_and_says_so(text):
    found = parse_time(text)

    assert found is not None
    assert (found.utc, found.zone_assumed) == (SEVEN, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a time",
        "2024-02-30T00:00:00Z",
        "2024-06-30T23:59:60Z",
        "2024-11-03T01:30:00 America/New_York",
        "03/10/2024 07:00:00 AM",
        "10.03.2024 07:00:00",
        "2024-W10-7",
        "\u200e3/\u200e10/\u200e2024 7:00:00 AM",
        "1601-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "0",
        "-1",
        "9223372036854775808",
        "２０２４-03-10T07:00:00Z",
    ],
)
def test_t_time_1_a_text_that_names_no_single_instant_gives_none(text):
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("local", "arrival", "hours"),
    [
        ("2020-06-09 22:50:54", "2020-06-10T02:50:56.537Z", 4),
        ("2020-06-10 04:50:54", "2020-06-10T02:50:56.537Z", -2),
        ("2020-06-10 02:50:54", "2020-06-10T02:50:56.537Z", 0),
    ],
)
def test_the_zone_of_a_local_time_follows_from_the_arrival(local, arrival, hours):
    assert zone_bias(local, arrival) == timedelta(hours=hours)


def test_an_arrival_hours_late_gives_no_zone():
    assert zone_bias("2020-06-10 02:50:54", "2020-06-10T03:20:00Z") == timedelta(minutes=30)
    assert zone_bias("2020-06-10 02:50:54", "2020-06-12T02:50:54Z") is None


@pytest.mark.parametrize(
    ("local", "zone", "utc", "remark"),
    [
        ("2026-03-03 13:00:00", "Europe/Berlin", "2026-03-03T12:00:00+00:00", None),
        ("2026-03-03 13:00:00", "+09:00", "2026-03-03T04:00:00+00:00", None),
        ("2026-03-03 13:00:00", "-0330", "2026-03-03T16:30:00+00:00", None),
        ("2026-03-29 02:30:00", "Europe/Berlin", "2026-03-29T01:30:00+00:00", SKIPPED),
        ("2026-10-25 02:30:00", "Europe/Berlin", "2026-10-25T00:30:00+00:00", DOUBLE),
    ],
)
def test_t_time_1_a_zone_that_the_operator_names_gives_one_instant_and_flags_clock_changes(
    local, zone, utc, remark
):
    instant, found = in_zone(parse_time(local), zone_named(zone))

    assert (instant.utc.isoformat(), instant.zone_assumed, found) == (utc, True, remark)


@pytest.mark.parametrize("name", ["", "Europe/Nowhere", "+25:00", "09:00", "../../etc/passwd", "UTC+1"])
def test_a_name_that_is_no_zone_is_refused(name):
    with pytest.raises(UsageError, match="is no time zone"):
        zone_named(name)


@given(st.datetimes(), st.sampled_from(["Pacific/Kiritimati", "-14:00", "America/New_York"]))
def test_any_local_time_gives_an_instant_in_a_zone(local, zone):
    instant, _ = in_zone(Instant(local.replace(tzinfo=UTC), True), zone_named(zone))

    assert instant.utc.tzinfo is UTC


@given(st.text(max_size=40))
def test_any_text_gives_an_instant_or_none(text):
    found = parse_time(text)

    assert found is None or found.utc.tzinfo is UTC
