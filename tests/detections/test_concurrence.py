"""Claims about what counts as company of a story."""

from __future__ import annotations

import dataclasses

from tests.answers.cases import TARGET, USER, activity, evidence, identity, registered, signal, site, story

from magistrate.activity.model import Kind
from magistrate.detections.concurrence import collapse, explained_elsewhere, own_records, registered_records
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


INTRUDER = "CORP\\adm07"
STRANGER = story(
    "intruder",
    acts=(activity("theft", who=identity(account=INTRUDER, sid=None), command="rundll32 comsvcs"),),
    who=identity(account=INTRUDER, sid=None),
)


def dropped(one, *stories):
    return explained_elsewhere(COVERED, stories or (NIGHT, STRANGER), [one]).get(NIGHT.id, frozenset())


def test_what_an_intruder_does_beside_a_registered_job_is_his_own_storys():
    theirs = signal(account=INTRUDER)

    assert dropped(theirs) == {theirs.id}


def test_a_sign_of_an_unknown_actor_stays_company_of_the_job():
    assert dropped(signal(account=None)) == frozenset()


def test_a_sign_of_the_same_name_in_another_domain_stays_company_of_the_job():
    assert dropped(signal(account="OTHER\\adm07")) == frozenset()


def test_a_bare_name_may_be_the_intruders():
    assert dropped(signal(account="adm07")) != frozenset()


def test_a_sign_more_than_an_hour_from_the_intruder_stays_company_of_the_job():
    assert dropped(signal(account=INTRUDER, seconds=3 * 3600)) == frozenset()


def test_a_sign_of_the_jobs_own_account_stays_its_company():
    assert dropped(signal(account=USER)) == frozenset()


def test_a_sign_of_background_alone_stays_company_of_the_job():
    assert (
        dropped(signal(account=INTRUDER), NIGHT, dataclasses.replace(STRANGER, background=True))
        == frozenset()
    )


def test_a_story_that_no_entry_covers_keeps_every_sign():
    assert explained_elsewhere(site(), (NIGHT, STRANGER), [signal(account=INTRUDER)]) == {}
