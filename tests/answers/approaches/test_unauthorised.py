from __future__ import annotations

from tests.answers.cases import (
    SID,
    SOURCE,
    TARGET,
    coverage,
    finding,
    identity,
    inquire,
    registered,
    site,
    story,
)

from magistrate.activity.model import Join, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.approaches.unauthorised import (
    MISUSE,
    AuthorityFacts,
    answer_authority,
    decide_authority,
)
from magistrate.context.model import AccountPurpose

REGISTER = site(register=(registered(),))
OTHER = site(register=(registered(account_sid=SID[:-1] + "9"),))


def asked(context=None, findings=(), operation="process_create", cover=None, **values):
    return answer_authority(
        inquire([story(who=identity(**values), operation=operation)], findings, context=context, cover=cover)
    )


def test_privileged_and_registered_is_no():
    assert asked(REGISTER, [finding("M1")], admin=True).state is State.NO


def test_privileged_and_not_registered_is_yes_and_a_misuse():
    draft = asked(OTHER, admin=True)

    assert (draft.state, draft.anchors_met) == (State.YES, (MISUSE,))


def test_registered_and_not_privileged_is_conflict():
    assert asked(REGISTER, [finding("M1")], admin=False).state is State.CONFLICT


def test_neither_with_a_process_is_yes():
    assert asked(OTHER, admin=False).state is State.YES


def test_neither_with_reads_only_is_no():
    assert asked(OTHER, admin=False, operation="query").state is State.NO


def test_reads_only_without_coverage_are_unknown():
    thin = coverage({TARGET: "C", SOURCE: "A"})

    assert asked(OTHER, admin=False, operation="query", cover=thin).state is State.UNKNOWN


def test_reads_with_a_strong_finding_are_yes():
    assert asked(OTHER, [finding("S2")], admin=False, operation="query").state is State.YES


def test_unrecorded_privilege_without_register_is_unknown_and_asks_for_special_logon():
    draft = asked()

    assert (draft.state, draft.missing[0].id) == (State.UNKNOWN, "special_logon")


def test_privilege_alone_on_the_first_day_is_unknown():
    assert asked(admin=True).state is State.UNKNOWN


def test_standard_user_from_another_host_is_yes_without_a_register():
    assert asked(admin=False).state is State.YES


def test_local_developer_without_register_is_unknown():
    assert asked(origin=OriginClass.LOCAL, admin=False).state is State.UNKNOWN


def test_unsettled_actor_is_unknown():
    assert asked(join=Join.AMBIGUOUS, admin=True).state is State.UNKNOWN


def test_name_of_an_account_proves_nothing():
    assert asked(account="CORP\\administrator", admin=None).state is State.UNKNOWN


def test_purpose_with_its_finding_authorises():
    context = site(accounts=(AccountPurpose("CORP\\user05", SID, "support"),))

    assert asked(context, [finding("M3")], admin=True).state is State.NO


def test_foreign_machine_account_that_creates_a_process_is_yes():
    assert asked(account="CORP\\WS99$", admin=True).state is State.YES


def test_anonymous_with_a_process_is_a_conflict():
    assert decide_authority(AuthorityFacts(anonymous=True, created_process=True))[0] is State.CONFLICT


def test_service_token_is_unknown():
    who = identity(OriginClass.SYSTEM, account="NT AUTHORITY\\SYSTEM", sid="S-1-5-18")

    assert answer_authority(inquire([story(who=who)])).state is State.UNKNOWN


def test_answer_names_the_authorisation_source():
    assert (
        asked(REGISTER, [finding("M1")], admin=True).values["authorisation_source"]
        == "register entry KG-1 (discovery)"
    )
