"""All eight questions together: order, proof, and the same answers for the same case."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.answers.cases import (
    SOURCE,
    TARGET,
    coverage,
    finding,
    identity,
    recording,
    registered,
    signal,
    site,
    story,
)

from magistrate.activity.model import Join, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.run import answer_questions
from magistrate.context.model import Context
from magistrate.coverage.model import Coverage
from magistrate.playbooks.load import load_playbook
from magistrate.store.duckdb import DuckDBStore

PLAYBOOK = load_playbook("t1047")
CODES = ["D1", "D2", "D7", "S1", "S2", "S6", "S10", "W1", "W2", "M1", "M2", "M3", "M4", "M5"]
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def store():
    with DuckDBStore.in_memory(recording()) as opened:
        yield opened


@st.composite
def cases(draw):
    """Stories, findings, signals, coverage and context of one case."""
    origins = st.sampled_from(
        [OriginClass.REMOTE, OriginClass.LOCAL, OriginClass.UNKNOWN, OriginClass.SYSTEM]
    )
    stories = [
        story(
            str(number),
            who=identity(draw(origins), admin=draw(st.sampled_from([True, False, None])),
                         join=draw(st.sampled_from([Join.EXACT, Join.WINDOW, Join.AMBIGUOUS]))),
            seconds=number * 600, operation=draw(st.sampled_from(["query", "process_create", "subscription", "other"])),
            command=draw(st.sampled_from(["cmd.exe /c hostname", "wmic os get name", None])),
        )
        for number in range(draw(st.integers(1, 2)))
    ]  # fmt: skip
    names = [item.id for item in stories]
    findings = [
        finding(
            code,
            draw(st.sampled_from([*names, None])),
            excused_by=draw(st.sampled_from([None, None, "KG-1"])),
        )
        for code in draw(st.lists(st.sampled_from(CODES), max_size=4, unique=True))
    ]
    signals = draw(st.sampled_from([[], [], [signal()], [signal(seconds=-40_000, account="CORP\\x")]]))
    grades = {TARGET: draw(st.sampled_from("ABCD"))}
    if draw(st.booleans()):
        grades[SOURCE] = draw(st.sampled_from("ABCD"))
    return (
        stories,
        findings,
        signals,
        coverage(grades),
        draw(st.sampled_from([site(), site(register=(registered(),))])),
    )


def ask(store, case):
    stories, findings, signals, cover, context = case
    return answer_questions(store, PLAYBOOK, stories, findings, signals, cover, context)


@FEW
@given(case=cases())
def test_every_yes_and_no_cites_a_record(store, case):
    assert all(answer.evidence for answer in ask(store, case) if answer.state in (State.YES, State.NO))


@FEW
@given(case=cases())
def test_absence_is_claimed_only_with_both_ends_covered(store, case):
    told = [a for a in ask(store, case) if a.id in ("Q3", "E2", "E3", "E4") and a.state is State.NO]
    grades = {host.host: host.grade for host in case[3].hosts}
    needed = {TARGET} | ({SOURCE} if any(s.origin is OriginClass.REMOTE for s in case[0]) else set())

    assert not told or all(grades.get(host) in ("A", "B") for host in needed)


@FEW
@given(case=cases())
def test_unknown_says_what_would_settle_it_or_what_limits_it(store, case):
    assert all(a.missing or a.limits for a in ask(store, case) if a.state is State.UNKNOWN)


@FEW
@given(case=cases(), seed=st.integers(0, 99))
def test_order_of_findings_and_signals_does_not_matter(store, case, seed):
    stories, findings, signals, cover, context = case
    mixed = random.Random(seed)
    shuffled = (
        stories,
        mixed.sample(findings, len(findings)),
        mixed.sample(signals, len(signals)),
        cover,
        context,
    )
    plain = [(a.id, a.state, a.confidence, a.anchors_met, sorted(a.finding_ids)) for a in ask(store, case)]

    assert plain == [
        (a.id, a.state, a.confidence, a.anchors_met, sorted(a.finding_ids)) for a in ask(store, shuffled)
    ]


@FEW
@given(case=cases())
def test_every_answer_is_worded_without_open_placeholders(store, case):
    documented = {name for q in (*PLAYBOOK.questions, *PLAYBOOK.decisions) for name in q.placeholders}

    assert not [a.text for a in ask(store, case) for name in documented if "{" + name + "}" in a.text]


def test_answers_come_in_the_order_of_the_playbook(store):
    case = ([story()], [], [], coverage(), site())

    assert [answer.id for answer in ask(store, case)] == ["Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3", "E4"]


def test_case_without_wmi_has_nothing_to_answer(store):
    case = ([], [finding("S13", None)], [signal()], coverage(), site())

    assert {answer.state for answer in ask(store, case)} == {State.NOT_APPLICABLE}


def test_same_case_gives_the_same_answers(store):
    case = ([story()], [finding("D1"), finding("M1")], [signal()], coverage(), site())

    assert ask(store, case) == ask(store, case)


def test_nothing_is_answered_when_nothing_could_be_read():
    store = DuckDBStore.in_memory([])
    answers = answer_questions(store, PLAYBOOK, (), (), (), Coverage(hosts=()), Context())
    store.close()

    assert {answer.state for answer in answers} == {State.UNKNOWN}
    assert all(answer.missing for answer in answers)
