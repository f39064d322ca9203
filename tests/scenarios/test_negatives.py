"""What an answer claims is in the case: YES and NO cite records of the store, and a NO says what it looked through."""

from __future__ import annotations

from importlib import resources

import pytest
from tests.scenarios.shared import NAMES

from magistrate.playbooks.load import load_playbook

PLAYBOOK = load_playbook("t1047")
CODES = ("Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3", "E4")

pytestmark = pytest.mark.xdist_group("scenarios")


@pytest.mark.parametrize("name", NAMES)
def test_yes_and_no_cite_records_of_the_case(name, investigated):
    found = investigated(name)
    claims = [answer for answer in found.verdict["answers"] if answer["state"] in ("YES", "NO")]
    without = [
        answer["id"]
        for answer in claims
        if not answer["evidence"] or not {item["id"] for item in answer["evidence"]} <= found.records
    ]

    assert without == []


@pytest.mark.parametrize("name", NAMES)
def test_every_no_carries_query_window_hosts_and_events(name, investigated):
    answers = investigated(name).verdict["answers"]
    scans = {answer["id"]: answer["scan"] for answer in answers if answer["state"] == "NO"}
    empty = [
        code
        for code, scan in scans.items()
        if not (scan["queries"] and scan["since"] and scan["since"] < scan["until"] and scan["hosts"])
        or scan["events"] < 1
    ]

    assert empty == []
    assert all(answer["scan"] is None for answer in answers if answer["state"] != "NO")


@pytest.mark.parametrize("name", NAMES)
def test_every_no_by_silence_proves_coverage(name, investigated):
    """Q1 NO rests on findings and Q4 NO on flows; the others say that something is not there, on both ends."""
    found = investigated(name)
    silent = [
        a for a in found.verdict["answers"] if a["state"] == "NO" and a["id"] in ("Q3", "E2", "E3", "E4")
    ]
    hosts = {item.host: item.grade for item in found.case.coverage.hosts}
    unproved = [
        (answer["id"], host)
        for answer in silent
        for host in answer["scan"]["hosts"]
        if hosts.get(host) not in ("A", "B")
    ]

    assert unproved == []


def test_each_question_is_answered_no_by_some_scenario(investigated):
    said = {
        answer["id"]
        for name in NAMES
        for answer in investigated(name).verdict["answers"]
        if answer["state"] == "NO"
    }

    assert said >= set(CODES) - {"Q2"}


def test_the_queries_of_a_no_exist():
    named = {name for q in (*PLAYBOOK.questions, *PLAYBOOK.decisions) for name in q.searched.queries}
    stored = {
        f"answers:{item.name.removesuffix('.sql')}"
        for item in (resources.files("magistrate.answers") / "sql").iterdir()
    }
    indicators = {f"indicator:{item.code}" for item in PLAYBOOK.indicators}

    assert named <= stored | indicators | {"signals:pack"}
