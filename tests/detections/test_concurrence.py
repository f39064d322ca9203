"""Claims about what counts as company of a story."""

from __future__ import annotations

import dataclasses

from tests.answers.cases import TARGET, activity, evidence, registered, signal, site, story

from magistrate.activity.model import Kind
from magistrate.detections.concurrence import collapse, own_records, registered_records
from magistrate.detections.signal import Level

JOB = activity("job", kind=Kind.CHILD)
NIGHT = story("night", acts=(JOB,))
COVERED = site(register=(registered(),))


def on(record: str, rule: str = "shadow_copy_deleted", level: Level = Level.HIGH):
    return signal(level, rule, evidence=(evidence(record, TARGET),), records=frozenset({record}))


def kept(signals, own):
    return [item.rule for item in collapse(signals, own)]


def test_records_of_a_story_that_the_register_covers_are_no_company():
    assert registered_records(COVERED, [NIGHT]) == own_records(NIGHT)
    assert kept([on(JOB.evidence[0].evidence_id)], registered_records(COVERED, [NIGHT])) == []


def test_a_story_that_is_covered_in_part_stays_company():
    more = activity("more", 60, kind=Kind.CHILD, command="vssadmin delete shadows /all /quiet")

    assert registered_records(COVERED, [story("night", acts=(JOB, more))]) == frozenset()


def test_without_a_register_every_record_counts():
    assert registered_records(site(), [NIGHT]) == frozenset()
    assert kept([on(JOB.evidence[0].evidence_id)], frozenset()) == ["shadow_copy_deleted"]


def test_two_rules_on_one_record_are_one_signal_the_stronger():
    assert kept([on("r1", "weak", Level.MEDIUM), on("r1", "strong")], frozenset()) == ["strong"]


def test_the_technique_under_examination_is_no_company():

    assert kept([dataclasses.replace(on("r1"), technique="T1047")], frozenset()) == []
