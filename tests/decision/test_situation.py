"""What the rules see of a case: the waiver of history for responders is as narrow as its ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.answers.cases import (
    SOURCE,
    T0,
    TARGET,
    activity,
    coverage,
    finding,
    identity,
    site,
    story,
)

from magistrate.context.model import Ticket
from magistrate.decision.situation import describe_situation
from magistrate.playbooks.load import load_playbook

HOUR = timedelta(hours=1)
RESPONDER = "CORP\\ir01"
TICKET = Ticket("CHG-1", (TARGET,), (RESPONDER,), T0 - HOUR, T0 + HOUR)
SITE = site(responders=(RESPONDER, SOURCE), tickets=(TICKET,))
WHO = identity(account=RESPONDER)


def waived(*stories, context=SITE, ticketed=True):
    findings = tuple(finding("M4", one.id) for one in stories) if ticketed else ()
    return describe_situation(
        load_playbook("t1047"), stories, findings, (), coverage(), context
    ).cold_start_waiver


def test_responders_under_a_ticket_need_no_history():
    assert waived(story(who=WHO))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(story(who=identity(account="OTHER\\ir01")), id="same name in another domain"),
        pytest.param(
            story(who=WHO, source_host="ws99.corp.example", source_ip="10.0.9.9"), id="another source"
        ),
        pytest.param(story(who=WHO, source_host=None, source_ip=None), id="source not recorded"),
        pytest.param(replace(story(who=WHO), source_host_claimed=True), id="host only claimed"),
        pytest.param(story(who=WHO, seconds=7200), id="after the ticket"),
        pytest.param(story(who=WHO, host="srv02.corp.example"), id="host that the ticket does not name"),
        pytest.param(
            story(who=WHO, acts=(activity("a", who=WHO), activity("b", 9))), id="an act of somebody else"
        ),
        pytest.param(
            story(who=WHO, acts=(activity("a", who=WHO), activity("b", 9, who=identity(account=None)))),
            id="an act of an unknown actor",
        ),
        pytest.param(
            story(
                who=WHO,
                acts=(
                    activity("a", who=WHO),
                    activity("b", 9, who=identity(account=RESPONDER, source_ip="10.0.9.9")),
                ),
            ),
            id="an act from elsewhere",
        ),
    ],
)
def test_nothing_is_waived_for(case):
    assert not waived(case)


def test_one_story_of_somebody_else_takes_the_waiver_from_all():
    assert not waived(story(who=WHO), story("2"))


def test_a_responder_without_a_ticket_is_not_waived():
    assert not waived(story(who=WHO), ticketed=False)
    assert not waived(story(who=WHO), context=replace(SITE, tickets=()))


def test_a_ticket_without_a_named_responder_is_not_waived():
    assert not waived(story(who=WHO), context=replace(SITE, responders=(SOURCE,)))


def test_no_stories_waive_nothing():
    assert not waived()
