from __future__ import annotations

import dataclasses

import pytest

from magistrate.cases.entries import Draft, Kind
from magistrate.cases.opinions import (
    Contact,
    Reason,
    Wanted,
    approval_draft,
    change_draft,
    close_draft,
    later_change,
    needs_second,
    note_draft,
    refused_draft,
)
from magistrate.cases.record import Author, append, read_record
from magistrate.cases.state import VERDICT, Standing, State, read_state
from magistrate.errors import UsageError

ANSWERS = {"Q1": {"state": "NO", "decisive": []}, "E2": {"state": "YES", "decisive": ["D2-1"]}}
BECAUSE = "The owner confirmed the monthly job."


class Case:
    """A record with a decision, and people who write into it."""

    def __init__(self, folder, author: Author) -> None:
        self.folder, self.author = folder, author

    def decide(
        self, disposition: str = "ESCALATE-REVIEW", decisive: tuple[str, ...] = (), sha256: str = "a" * 64
    ) -> Case:
        facts = {"disposition": disposition, "decisive": list(decisive), "answers": ANSWERS, "rule": "R3"}
        self.add(Draft(Kind.STARTED, {}), Draft(Kind.DECISION, {**facts, "verdict_sha256": sha256}))
        return self.add(Draft(Kind.REPORTS, {"files": {}}))

    def add(self, *drafts: Draft, by: str = "adm01") -> Case:
        append(self.folder, drafts, Author(by, self.author.clock))
        return self

    def say(self, analyst: str, about: str = VERDICT, by: str = "adm01", **more: object) -> int:
        self.add(change_draft(self.state, wanted(analyst, about, **more)), by=by)
        return self.state.version

    def approve(self, number: int, by: str = "adm02", agrees: bool = True) -> Case:
        text = "" if agrees else "The owner knows nothing of it."
        return self.add(approval_draft(self.state, number, by=by, agrees=agrees, text=text), by=by)

    @property
    def state(self) -> State:
        return read_state(read_record(self.folder).entries)

    def standing(self) -> list[Standing]:
        return [change.standing for change in self.state.changes]


def wanted(analyst: str, about: str = VERDICT, **more: object) -> Wanted:
    plain = Wanted(about, analyst, Reason.OWNER_CONFIRMED, BECAUSE, evidence="c40f28d8f4103c6e")
    return dataclasses.replace(plain, **more)


@pytest.fixture
def case(record_folder, author) -> Case:
    return Case(record_folder, author)


def test_both_verdicts_are_kept(case) -> None:
    case.decide().say("HOLD-DATA")
    change = case.state.in_force(VERDICT)

    assert (change.tool, change.analyst, change.by) == ("ESCALATE-REVIEW", "HOLD-DATA", "adm01")


def test_a_change_needs_20_characters(case) -> None:
    case.decide()

    with pytest.raises(UsageError, match="the text has 13 characters; at least 20"):
        case.say("HOLD-DATA", because="owner said ok")


def test_a_change_needs_a_record_or_a_contact(case) -> None:
    case.decide()

    with pytest.raises(UsageError, match="rests on a record of the case or on somebody who was asked"):
        case.say("HOLD-DATA", evidence=None)


def test_a_contact_that_was_not_known_before_does_not_count(case) -> None:
    case.decide()
    contact = Contact("owner of srv12", "mail", "2026-03-06T10:00:00+00:00", known_number=False)

    with pytest.raises(UsageError, match="only through a number that was known before"):
        case.say("HOLD-DATA", evidence=None, contact=contact)


@pytest.mark.parametrize(
    ("analyst", "reason"),
    [("CLOSE-TEST", Reason.OTHER), ("MERGE", Reason.DUPLICATE), ("HOLD-DATA", Reason.TICKET)],
)
def test_a_test_a_duplicate_and_a_ticket_need_a_reference(case, analyst, reason) -> None:
    case.decide()

    with pytest.raises(UsageError, match="this needs the ticket"):
        case.say(analyst, reason=reason)


@pytest.mark.parametrize(
    ("about", "analyst"), [(VERDICT, "CLOSED"), (VERDICT, "NOT-OBSERVED"), ("Q1", "MAYBE"), ("Q9", "YES")]
)
def test_what_cannot_be_said_is_refused_with_what_can(case, about, analyst) -> None:
    case.decide()

    with pytest.raises(UsageError, match=r"can\.|there are E2, Q1"):
        case.say(analyst, about)


def test_saying_the_same_as_the_program_is_no_change(case) -> None:
    case.decide()

    with pytest.raises(UsageError, match="the program says NO too"):
        case.say("NO", "Q1")


def test_nothing_is_said_of_a_case_that_is_not_complete(case) -> None:
    case.decide().add(Draft(Kind.STARTED, {}))

    with pytest.raises(UsageError, match="the case is not complete"):
        case.say("HOLD-DATA")


@pytest.mark.parametrize(
    ("tool", "decisive", "about", "analyst", "needed"),
    [
        ("ESCALATE-INCIDENT", ("D1-1",), VERDICT, "ESCALATE-REVIEW", True),
        ("ESCALATE-INCIDENT", (), VERDICT, "ESCALATE-REVIEW", False),
        ("ESCALATE-REVIEW", (), VERDICT, "CLOSE-BENIGN", True),
        ("HOLD-DATA", ("D1-1",), VERDICT, "ESCALATE-INCIDENT", False),
        ("HOLD-DATA", (), VERDICT, "MERGE", True),
        ("CLOSE-BENIGN", (), VERDICT, "CLOSE-FALSE", False),
        ("NOT-OBSERVED", (), VERDICT, "ESCALATE-REVIEW", False),
        ("ESCALATE-INCIDENT", ("D2-1",), "E2", "NO", True),
        ("ESCALATE-INCIDENT", ("D2-1",), "Q1", "YES", False),
    ],
)
def test_a_second_person_is_needed_for_the_downgrade_of_a_decisive_case_and_for_closing_against_the_rules(
    case, tool, decisive, about, analyst, needed
) -> None:
    verdict = case.decide(tool, decisive).state.verdict

    assert needs_second(verdict, about, analyst) is needed


def test_a_downgrade_counts_only_when_another_person_agrees(case) -> None:
    number = case.decide("ESCALATE-INCIDENT", ("D1-1",)).say("ESCALATE-REVIEW")

    assert case.state.in_force(VERDICT) is None
    assert case.standing() == [Standing.WAITING]

    case.approve(number)

    assert case.state.in_force(VERDICT).second == "adm02"


@pytest.mark.parametrize("name", ["adm01", "ADM01", "CORP\\Adm01"])
def test_the_same_person_cannot_agree(case, name) -> None:
    number = case.decide("ESCALATE-INCIDENT", ("D1-1",)).say("HOLD-DATA")

    with pytest.raises(UsageError, match="count as one person"):
        case.approve(number, by=name)


def test_a_second_person_who_does_not_agree_ends_the_change(case) -> None:
    number = case.decide("ESCALATE-INCIDENT", ("D1-1",)).say("HOLD-DATA")
    case.approve(number, agrees=False)

    assert case.standing() == [Standing.DENIED]

    with pytest.raises(UsageError, match="no change that waits"):
        case.approve(number, by="adm03")


def test_a_later_change_replaces_an_earlier_one_and_both_stay(case) -> None:
    case.decide().say("HOLD-DATA")
    case.say("ESCALATE-INCIDENT", by="adm02")

    assert case.standing() == [Standing.REPLACED, Standing.IN_FORCE]


def test_a_change_that_waits_does_not_replace_the_one_in_force(case) -> None:
    case.decide().say("HOLD-DATA")
    case.say("CLOSE-BENIGN")

    assert case.state.in_force(VERDICT).analyst == "HOLD-DATA"


def test_another_verdict_of_the_program_sets_changes_aside(case) -> None:
    case.decide().say("HOLD-DATA")
    case.decide(sha256="b" * 64)

    assert case.standing() == [Standing.OUTDATED]


def test_the_same_verdict_made_again_keeps_changes_in_force(case) -> None:
    case.decide().say("HOLD-DATA")
    case.decide()

    assert case.standing() == [Standing.IN_FORCE]


@pytest.mark.parametrize("tool", ["ESCALATE-INCIDENT", "ESCALATE-REVIEW", "HOLD-DATA"])
def test_a_case_is_not_closed_while_the_rules_forbid_it(case, tool) -> None:
    case.decide(tool)

    with pytest.raises(UsageError, match=f"cannot be closed: rule R3 says {tool}"):
        close_draft(case.state)


def test_a_case_is_not_closed_while_a_change_waits(case) -> None:
    case.decide().say("CLOSE-BENIGN")

    with pytest.raises(UsageError, match="waits for a second person"):
        close_draft(case.state)


def test_a_case_is_closed_on_an_override_that_a_second_person_agreed_to(case) -> None:
    case.approve(case.decide().say("CLOSE-BENIGN")).add(close_draft(case.state))

    assert case.state.closed.facts["disposition"] == "CLOSE-BENIGN"
    assert case.state.closed.facts["tool"] == "ESCALATE-REVIEW"


@pytest.mark.parametrize("tool", ["CLOSE-BENIGN", "NOT-OBSERVED"])
def test_a_case_that_the_rules_close_is_closed_by_one_person(case, tool) -> None:
    case.decide(tool).add(close_draft(case.state))

    assert case.state.closed.by == "adm01"


def test_a_person_who_escalates_keeps_a_case_open(case) -> None:
    case.decide("CLOSE-BENIGN").say("ESCALATE-REVIEW")

    with pytest.raises(UsageError, match="cannot be closed: adm01 says ESCALATE-REVIEW"):
        close_draft(case.state)


def test_another_verdict_and_another_run_open_a_closed_case(case) -> None:
    case.decide("CLOSE-BENIGN").add(close_draft(case.state))
    case.say("ESCALATE-REVIEW")

    assert case.state.closed is None


def test_t_case_2_a_writer_who_has_not_seen_the_newest_change_is_known_and_his_text_is_kept(case) -> None:
    case.decide()
    seen = case.state.version
    case.say("HOLD-DATA", by="adm02")
    newer = later_change(case.state, seen, VERDICT)
    case.add(refused_draft(change_draft(case.state, wanted("ESCALATE-INCIDENT")), newer))

    assert newer.by == "adm02"
    assert case.state.in_force(VERDICT).analyst == "HOLD-DATA"
    assert case.state.refused[0].facts["because"] == BECAUSE
    assert later_change(case.state, case.state.version, VERDICT) is None


@pytest.mark.parametrize("text", [" ", "x" * 32_001])
def test_a_note_has_a_text_of_bounded_length(text) -> None:
    with pytest.raises(UsageError, match="the text has"):
        note_draft(text)
