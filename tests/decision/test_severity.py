from __future__ import annotations

from dataclasses import replace

import pytest
from tests.decision.situations import PLAYBOOK, answers, closable, finding, story

from magistrate.decision.facts import establish_facts, values
from magistrate.decision.model import Disposition
from magistrate.decision.severity import assess_severity


def severity(findings=(), *, disposition=Disposition.ESCALATE_REVIEW, **story_values):
    case = replace(closable(), findings=tuple(findings), stories=(story(**story_values),), answers=answers())
    return assess_severity(PLAYBOOK, values(establish_facts(case)), disposition)[0]


@pytest.mark.parametrize(
    ("findings", "level"),
    [
        ([finding("D2")], "SEV1"),
        ([finding("D1", role="dc")], "SEV1"),
        ([finding("D1", role="server")], "SEV2"),
        ([finding("D1", role="unknown")], "SEV2"),
        ([finding("D1", role="workstation")], "SEV3"),
        ([finding("S1"), finding("S3")], "SEV3"),
        ([finding("S1")], "SEV4"),
    ],
)
def test_level_follows_impact_and_stage(findings, level):
    assert severity(findings) == level


def test_an_incident_does_not_go_below_its_floor():
    assert severity([finding("S1")], disposition=Disposition.ESCALATE_INCIDENT) == "SEV3"


def test_three_hosts_are_the_highest_level():
    assert severity([finding("S1")], targets=("a", "b", "c")) == "SEV1"


def test_critical_asset_raises_by_one():
    assert severity([finding("D1", role="workstation")], critical=True) == "SEV2"


def test_tier_0_account_raises_by_one():
    assert severity([finding("S1")], tier0_account=True) == "SEV3"


def test_highest_level_is_not_raised():
    assert severity([finding("D2")], critical=True) == "SEV1"


@pytest.mark.parametrize(
    "disposition", [Disposition.HOLD_DATA, Disposition.CLOSE_BENIGN, Disposition.NOT_OBSERVED]
)
def test_only_escalations_have_a_severity(disposition):
    facts = values(establish_facts(closable()))

    assert assess_severity(PLAYBOOK, facts, disposition)[0] is None
