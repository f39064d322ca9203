"""Claims about questions to the site's knowledge."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from magistrate.context.lookup import (
    account_purpose,
    asset_of,
    in_business_hours,
    is_external_address,
    is_loopback_address,
    is_management,
    is_own_address,
    is_public_address,
    is_responder,
    matches_source,
    same_host,
    tickets_at,
    zone_of,
)
from magistrate.context.model import AccountPurpose, Asset, Context, Ticket

JUMP = Asset("jump1.corp.example", ("10.1.5.20",), "management", tags=("mid",))
SERVER = Asset("srv1.corp.example", ("10.0.0.5", "2001:db8::5"), "server", zone="America/New_York")
TICKET = Ticket(
    "CHG1",
    ("srv1",),
    ("CORP\\user06",),
    datetime(2026, 3, 2, 8, tzinfo=UTC),
    datetime(2026, 3, 2, 10, tzinfo=UTC),
)
CONTEXT = Context(
    source="site.yml",
    assets=(JUMP, SERVER),
    management=("ms01", "srv1.corp.example"),
    own_networks=("10.0.0.0/8", "198.51.100.0/24"),
    responders=("CORP\\ir1", "ir-ws1"),
    accounts=(
        AccountPurpose("CORP\\svc", "S-1-5-21-1", "inventory"),
        AccountPurpose("CORP\\old", None, "backup"),
    ),
    tickets=(TICKET,),
    zone="Europe/Berlin",
    holidays=(date(2026, 12, 25),),
)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "172.32.0.1"]
)
def test_public_addresses(address):
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "::1", "fe80::1%12", "fd00::1", "0.0.0.0", "255.255.255.255", "::ffff:10.0.0.1", "srv1", "-", "", None],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not is_public_address(address)


def test_loopback_in_all_its_forms():
    assert [is_loopback_address(text) for text in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "localhost")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_an_own_public_network_is_own_and_not_external():
    assert is_own_address(CONTEXT, "198.51.100.7")
    assert not is_external_address(CONTEXT, "198.51.100.7")
    assert is_external_address(CONTEXT, "203.0.113.7")


def test_an_asset_address_is_own():
    assert is_own_address(CONTEXT, "2001:db8::5")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("WS01", "ws01.corp.example.", True),
        ("ws01.corp.example", "WS01.CORP.EXAMPLE", True),
        ("ws01.corp.example", "ws01.lab.example", False),
        ("ws01", "ws010", False),
        ("10.0.0.1", "10", False),
        (None, "a", False),
        ("", "", False),
    ],
)
def test_host_names_are_compared_without_a_silent_merge(first, second, same):
    assert same_host(first, second) is same


@pytest.mark.parametrize("name", ["jump1", "10.1.5.20", "MS01.corp.example", "10.0.0.5", "srv1"])
def test_management_by_name_address_role_or_asset(name):
    assert is_management(CONTEXT, name)


@pytest.mark.parametrize("name", ["ws7", "10.0.0.9", None])
def test_others_are_not_management(name):
    assert not is_management(CONTEXT, name)


def test_an_asset_is_found_by_name_short_name_and_address():
    assert [asset_of(CONTEXT, key) for key in ("srv1.corp.example", "SRV1", "::ffff:10.0.0.5", "srv2")] == [
        SERVER, SERVER, SERVER, None,
    ]  # fmt: skip


def test_responders_by_account_and_host():
    assert [is_responder(CONTEXT, who) for who in ("corp\\IR1", "ir1", "ir-ws1.corp.example", "CORP\\ir2", None)] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_an_account_is_found_by_sid_before_its_name():
    assert account_purpose(CONTEXT, "CORP\\renamed", "S-1-5-21-1") == CONTEXT.accounts[0]
    assert account_purpose(CONTEXT, "CORP\\svc", "S-1-5-21-9") is None
    assert account_purpose(CONTEXT, "corp\\OLD", "S-1-5-21-9") == CONTEXT.accounts[1]


def test_a_ticket_must_name_host_account_and_hour():
    def found(host="srv1.corp.example", account="CORP\\user06", hour=9):
        return tickets_at(CONTEXT, host=host, account=account, utc=datetime(2026, 3, 2, hour, tzinfo=UTC))

    assert found() == (TICKET,)
    assert (found(host="srv2"), found(account="CORP\\user04"), found(hour=11)) == ((), (), ())


def test_a_zone_comes_from_the_host_before_the_site():
    assert [zone_of(CONTEXT, "srv1"), zone_of(CONTEXT, "ws7"), zone_of(Context(), "ws7")] == [
        "America/New_York", "Europe/Berlin", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "inside"),
    [
        (datetime(2026, 3, 2, 6, 0, tzinfo=UTC), True),  # Monday 07:00 in Berlin
        (datetime(2026, 3, 2, 5, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 18, 0, tzinfo=UTC), False),  # 19:00
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), False),  # Sunday
        (datetime(2026, 12, 25, 12, 0, tzinfo=UTC), False),
        (None, None),
    ],
)
def test_business_hours_are_local(when, inside):
    assert in_business_hours(CONTEXT, "ws7", when) is inside


def test_without_a_zone_hours_are_unknown():
    assert in_business_hours(Context(), "ws7", datetime(2026, 3, 2, 6, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("wanted", "address", "host", "fits"),
    [
        ("10.1.5.20", "10.1.5.20", None, True),
        ("10.1.5.20", "10.1.5.21", "jump1", False),
        ("10.1.5.0/28", "10.1.5.9", None, True),
        ("10.1.5.0/28", None, "jump1", False),
        ("tag:mid", "10.1.5.20", None, True),
        ("tag:mid", "10.0.0.5", None, False),
        ("jump1", None, "JUMP1", True),
        ("jump1", "10.1.5.20", "other", True),
        ("jump1", "10.9.9.9", "JUMP1", False),
        ("ws7", "10.9.9.9", "ws7", True),
    ],
)
def test_a_source_fits_by_address_before_a_claimed_name(wanted, address, host, fits):
    assert matches_source(CONTEXT, wanted, address=address, host=host) is fits
