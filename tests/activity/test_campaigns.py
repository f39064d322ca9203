"""Stories that belong together, and stories that only look alike."""

from __future__ import annotations

import dataclasses
from itertools import permutations

import pytest

from activity.campaign_stories import COMMAND, SID, by_time, move
from magistrate.activity.campaigns import find_campaigns

OTHER = ("CORP\\adm01", "S-1-5-21-1-2-3-1200")


def members(*stories, **options):
    found = find_campaigns(stories, by_time, **options)
    return [[story.id for story in campaign.stories] for campaign in found]


def test_one_account_from_two_sources_within_a_day_is_one_campaign():
    assert members(move("1", "ws1", "srv1"), move("2", "ws2", "srv2", 23)) == [["s-1", "s-2"]]


def test_the_links_are_said():
    (campaign,) = find_campaigns([move("1", "ws1", "srv1"), move("2", "ws2", "srv2", 1)], by_time)

    assert campaign.links == (f"account {SID}",)


def test_another_account_from_another_source_is_another_campaign():
    assert members(move("1", "ws1", "srv1"), move("2", "ws2", "srv2", 1, OTHER)) == [["s-1"], ["s-2"]]


def test_the_same_account_25_hours_later_is_another_campaign():
    assert members(move("1", "ws1", "srv1"), move("2", "ws1", "srv2", 25)) == [["s-1"], ["s-2"]]


def test_the_same_name_with_another_sid_is_another_account():
    namesake = ("CORP\\user05", OTHER[1])

    assert members(move("1", "ws1", "srv1"), move("2", "ws2", "srv2", 1, namesake)) == [["s-1"], ["s-2"]]


def test_a_record_without_sid_is_joined_by_its_full_name():
    nameless = ("corp\\USER05", None)

    assert members(move("1", "ws1", "srv1"), move("2", "ws2", "srv2", 1, nameless)) == [["s-1", "s-2"]]


@pytest.mark.parametrize(
    "account", [None, ("user05", None), ("SRV9$", None), ("NT AUTHORITY\\SYSTEM", "S-1-5-18")]
)
def test_an_account_that_is_nobody_joins_nothing(account):
    assert len(members(move("1", "ws1", "srv1", 0, account), move("2", "ws2", "srv2", 1, account))) == 2


def test_a_source_joins_two_accounts():
    assert members(move("1", "ws1", "srv1"), move("2", "WS1.corp.example", "srv2", 1, OTHER)) == [
        ["s-1", "s-2"]
    ]


def test_a_claimed_source_joins_nothing():
    claimed = dataclasses.replace(move("2", "ws1", "srv2", 1, OTHER), source_host_claimed=True)

    assert len(members(move("1", "ws1", "srv1"), claimed)) == 2


def test_an_operator_session_joins_what_nothing_else_does():
    epoch = {"command.output_epoch": "1772446445"}
    stories = (move("1", "ws1", "srv1", **epoch), move("2", "ws2", "srv2", 1, OTHER, **epoch))

    assert members(*stories) == [["s-1", "s-2"]]


@pytest.mark.parametrize(("command", "number"), [(COMMAND, 1), ("whoami", 2)])
def test_a_command_shape_joins_only_when_it_is_long_enough_to_tell(command, number):
    first = move("1", "ws1", "srv1", command=command.format(1))
    second = move("2", "ws2", "srv2", 1, OTHER, command=command.format(2))

    assert len(members(first, second)) == number


def test_a_pivot_joins_two_accounts():
    assert members(move("1", "ws1", "srv1"), move("2", "srv1", "srv2", 1, OTHER)) == [["s-1", "s-2"]]


def test_fan_out_of_a_registered_tool_stays_out():
    tool = [move(str(number), "ws1", f"srv{number}", number) for number in range(3)]

    assert members(*tool, left_out=frozenset(story.id for story in tool)) == []


def test_background_stays_out():
    assert members(dataclasses.replace(move("1", "ws1", "srv1"), background=True)) == []


def test_the_order_of_stories_does_not_matter():
    stories = [move("1", "ws1", "srv1"), move("2", "ws2", "srv2", 1, OTHER), move("3", "srv1", "srv2", 2)]

    assert len({find_campaigns(order, by_time) for order in permutations(stories)}) == 1
