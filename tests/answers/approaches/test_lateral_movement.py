from __future__ import annotations

from datetime import timedelta

from tests.answers.cases import (
    SOURCE,
    T0,
    TARGET,
    activity,
    coverage,
    finding,
    identity,
    inquire,
    recording,
    registered,
    site,
    story,
)

from magistrate.activity.model import Candidate, Join, Kind, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.approaches.lateral_movement import _pivot_of, answer_movement


def test_remote_process_from_an_unmanaged_source_is_yes():
    assert answer_movement(inquire()).state is State.YES


def test_yes_cites_the_process_and_the_logon():
    assert {item.evidence_id for item in answer_movement(inquire()).evidence} >= {"act1", "logon"}


def test_registered_pair_with_both_ends_covered_is_no():
    context = site(register=(registered(),))

    assert answer_movement(inquire(findings=[finding("M1")], context=context)).state is State.NO


def test_no_cites_both_ends():
    context = site(register=(registered(),))
    draft = answer_movement(inquire(findings=[finding("M1")], context=context))

    assert {item.host for item in draft.evidence} >= {TARGET, SOURCE}


def test_registered_pair_without_the_source_logs_is_unknown():
    context = site(register=(registered(),))
    draft = answer_movement(
        inquire(
            findings=[finding("M1")],
            context=context,
            cover=coverage({TARGET: "A"}),
            rows=recording((TARGET,)),
        )
    )

    assert draft.state is State.UNKNOWN


def test_remote_read_with_both_ends_covered_is_no():
    assert answer_movement(inquire([story(operation="query")])).state is State.NO


def test_unknown_origin_is_unknown_and_asks_for_logons():
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.NONE)
    draft = answer_movement(inquire([story(who=who)]))

    assert (draft.state, "logons" in [need.id for need in draft.missing]) == (State.UNKNOWN, True)


def test_failed_attempts_count():
    who = identity(OriginClass.LOCAL)

    assert answer_movement(inquire([story(who=who, operation="query")], [finding("S11")])).state is State.YES


def test_ambiguous_actor_with_remote_candidates_only_is_still_a_movement():
    candidates = (
        Candidate("CORP\\a", "10.0.5.23", None, 1, "l1"),
        Candidate("CORP\\b", "10.0.5.23", None, 2, "l2"),
    )
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.AMBIGUOUS, candidates=candidates)

    assert answer_movement(inquire([story(who=who)])).state is State.YES


def test_local_and_remote_candidates_conflict():
    candidates = (Candidate("CORP\\a", "10.0.5.23", None, 1, "l1"), Candidate("CORP\\b", None, None, 2, "l2"))
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.AMBIGUOUS, candidates=candidates)

    assert answer_movement(inquire([story(who=who)])).state is State.CONFLICT


def test_other_credentials_towards_a_host_are_an_attempt():
    act = activity(operation="other", command=None, host=SOURCE, targets=(TARGET,), kind=Kind.CREDENTIAL,
                   facts=(("credential.differs", "true"),))  # fmt: skip

    assert answer_movement(inquire([story(acts=(act,))])).state is State.YES


def test_host_that_was_reached_and_reaches_out_is_a_pivot():
    first = story("1", source_ip="10.0.7.7", source_host="ws77.corp.example", targets=(SOURCE,), host=SOURCE)
    second = story("2", seconds=600)
    draft = answer_movement(inquire([second, first], [finding("M1", "s-1"), finding("M1", "s-2")]))

    assert draft.state is State.YES


def reached_then_reaches(*, both_acts_registered, **entry):
    """A registered job reaches the source an hour before something starts there; by default its one act is covered."""
    acts = [activity("in", host=SOURCE)]
    if not both_acts_registered:
        acts.append(activity("more", 5, host=SOURCE, command="rundll32 comsvcs.dll"))
    known = registered(sources=("10.0.7.7",), **entry)
    first = story(
        "1", source_ip="10.0.7.7", source_host="ws77.corp.example", targets=(SOURCE,), acts=tuple(acts)
    )
    case = inquire([story("2", seconds=600), first], context=site(register=(known,)))
    return _pivot_of(case, case.stories[0])


def test_registered_job_that_reached_the_source_before_is_no_pivot():
    assert reached_then_reaches(both_acts_registered=True) is None


def test_job_with_one_act_that_no_entry_covers_is_a_pivot():
    assert reached_then_reaches(both_acts_registered=False) is not None


def test_job_of_an_expired_entry_is_a_pivot():
    assert reached_then_reaches(both_acts_registered=True, expires=T0.date() - timedelta(days=1)) is not None


def test_local_work_with_its_own_host_covered_is_no():
    assert answer_movement(inquire([story(who=identity(OriginClass.LOCAL))])).state is State.NO
