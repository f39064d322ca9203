"""Changes that coincide: what is linked, what is parallel, what may explain, and what was not recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from changes.find_cases import found, only
from deep_dive.story_cases import OTHER, SUBJECT, at, story
from magistrate.changes.find import find_changes
from magistrate.changes.model import Changes, Relation
from magistrate.changes.queries import query_text
from magistrate.changes.rules import change_rules
from magistrate.portable_sql import assert_portable
from magistrate.store.duckdb import DuckDBStore

security = partial(dict, Channel="Security", ServiceName="backup-agent", ServiceFileName="C:\\a.exe")
system = partial(dict, Channel="System", Provider="Service Control Manager")


def test_a_service_of_the_same_session_within_minutes_is_linked() -> None:
    change = only(security(EventID=4697, Time=at(minutes=14), **SUBJECT))

    assert change.relation is Relation.LINKED


def test_the_same_session_later_is_the_same_account_and_not_linked() -> None:
    change = only(security(EventID=4697, Time=at(minutes=16), **SUBJECT))

    assert change.relation is Relation.SAME_ACCOUNT


def test_another_actor_on_the_same_host_is_parallel() -> None:
    change = only(security(EventID=4697, Time=at(minutes=1), **OTHER))

    assert change.relation is Relation.PARALLEL


def test_a_service_record_without_an_account_is_only_close_in_time() -> None:
    change = only(system(EventID=7045, ServiceName="x", ImagePath="C:\\x.exe", Time=at(minutes=1)))

    assert change.relation is Relation.UNATTRIBUTED


def test_an_installation_before_the_activity_is_a_possible_explanation() -> None:
    change = only(
        {"Channel": "Application", "Provider": "MsiInstaller", "EventID": 11707, "Time": at(minutes=-30)}
    )

    assert change.relation is Relation.EXPLANATION


def test_an_installation_after_the_activity_explains_nothing() -> None:
    change = only(
        {"Channel": "Application", "Provider": "MsiInstaller", "EventID": 11707, "Time": at(hours=2)}
    )

    assert change.relation is Relation.PARALLEL


def test_remote_desktop_opened_before_the_activity_is_possible_preparation() -> None:
    change = only(
        {
            "Channel": "Sysmon",
            "EventID": 13,
            "EventType": "SetValue",
            "TargetObject": r"HKLM\System\CurrentControlSet\Control\Terminal Server\fDenyTSConnections",
            "Details": "DWORD (0x00000000)",
            "Image": r"C:\Windows\regedit.exe",
            "Time": at(hours=-3),
        }
    )

    assert (change.relation, change.title) == (Relation.PREPARATION, "Remote access")


def test_another_registry_value_is_no_change_of_interest() -> None:
    event = {
        "Channel": "Sysmon",
        "EventID": 13,
        "TargetObject": r"HKLM\Software\Vendor\Colour",
        "Details": "1",
    }

    assert found(event | {"Time": at(minutes=1)}).changes == ()


@pytest.mark.parametrize(
    ("delta", "number"), [({"hours": -71}, 1), ({"hours": -73}, 0), ({"hours": 24}, 1), ({"hours": 25}, 0)]
)
def test_a_change_coincides_from_72_hours_before_to_24_hours_after(delta, number) -> None:
    changes = found(security(EventID=4697, Time=at(**delta), **OTHER))

    assert len(changes.changes) == number


@pytest.mark.parametrize(("days", "number"), [(-6, 1), (-8, 0)])
def test_a_policy_of_any_host_counts_from_seven_days_before(days, number) -> None:
    event = {
        "Channel": "Security",
        "EventID": 5136,
        "Computer": "dc01.corp.example",
        "ObjectDN": "CN={1},CN=Policies,CN=System,DC=corp,DC=example",
        "AttributeLDAPDisplayName": "versionNumber",
        "Time": at(days=days),
        **OTHER,
    }

    assert len(found(event).changes) == number


def test_alike_changes_are_one_with_their_number() -> None:
    events = [
        system(EventID=7036, param1="spooler", param2="running", Time=at(hours=3, minutes=n))
        for n in range(5)
    ]

    assert only(*events).count == 5


def test_the_session_of_the_system_itself_links_nothing() -> None:
    machine = SUBJECT | {"SubjectUserName": "SRV01$", "SubjectUserSid": "S-1-5-18", "SubjectLogonId": "0x3e7"}

    assert only(security(EventID=4697, Time=at(minutes=1), **machine)).relation is Relation.PARALLEL


def test_kinds_of_change_that_no_log_records_are_named() -> None:
    changes = found(security(EventID=4697, Time=at(minutes=1), **SUBJECT))
    silent = {title for _, title in changes.silent}

    assert "Software" in silent
    assert "Account or group" not in silent


def test_without_an_acting_story_nothing_is_looked_at() -> None:
    with DuckDBStore.in_memory([]) as store:
        assert find_changes(store, [story(first=None)]) == Changes()


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (10, "0 days after the updates of 2026-03-10 came out: a common time"),
        (16, "6 days after the updates of 2026-03-10 came out: not a common time"),
        (4, "22 days after the updates of 2026-02-10 came out: not a common time"),
    ],
)
def test_the_distance_to_the_monthly_updates_is_said(day, words) -> None:
    first = datetime(2026, 3, day, 18, tzinfo=UTC)
    with DuckDBStore.in_memory([]) as store:
        changes = find_changes(store, [story(first=first)])

    assert words in changes.patch_note


@pytest.mark.parametrize("name", ["changes", "channels", "hosts"])
def test_the_queries_are_portable(name) -> None:
    assert_portable(query_text(name), name)


def test_the_query_reads_exactly_the_tables_that_the_rules_name() -> None:
    named = {item.category for kind in change_rules().kinds.values() for item in kind.events}
    listed = query_text("changes").partition("e.category IN (")[2].partition(")")[0]

    assert {part.strip().strip("'") for part in listed.split(",")} == named


def test_the_result_does_not_depend_on_the_order_of_the_events() -> None:
    events = [security(EventID=4697, Time=at(minutes=n), **SUBJECT) for n in range(3)]

    assert found(*events).changes == found(*reversed(events)).changes
