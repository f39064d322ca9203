from __future__ import annotations

from dataclasses import replace

from magistrate.decision.model import Disposition
from magistrate.report.build import build_view
from magistrate.report.exporters import handover
from magistrate.report.shift import OpenCase
from report.sample_case import DECISION, quiet_case, sample_case


def _case(name: str, case=None, **values) -> OpenCase:
    return OpenCase(folder=name, view=build_view(case or sample_case()), closed=False, **values)


def _held() -> OpenCase:
    decision = replace(
        DECISION, disposition=Disposition.HOLD_DATA, severity=None, request=("the Security log of ws23",)
    )
    return _case("held", replace(sample_case(), decision=decision))


def test_open_cases_stand_by_severity() -> None:
    worse = replace(sample_case(), decision=replace(DECISION, severity="SEV1"))
    text = handover.render_cases([_case("second"), _case("first", worse)])

    assert text.index("`first`") < text.index("`second`")


def test_the_order_in_which_cases_are_named_does_not_matter() -> None:
    cases = [_case("a"), _held(), _case("c", quiet_case())]

    assert handover.render_cases(cases) == handover.render_cases(cases[::-1])


def test_a_closed_case_is_counted_only() -> None:
    text = handover.render_cases([replace(_case("done"), closed=True)])

    assert "0 open cases, 1 closed" in text


def test_a_held_case_names_what_it_waits_for_and_until_when() -> None:
    text = handover.render_cases([_held()])

    assert "- `held` waits for the Security log of ws23; deadline: 30 minutes after the verdict" in text


def test_every_planned_measure_stands_with_its_undo() -> None:
    text = handover.render_cases([_case("a")])

    assert "- `a` Isolate a host, undo:\n    - `POST /api/machines/<id>/unisolate`" in text


def test_exceptions_and_outages_are_listed() -> None:
    text = handover.render_cases([_case("a")])

    assert "`KG-014` excuses W1 First use of this pair" in text
    assert "Security log cleared (1102)" in text
    assert "a Git LFS pointer, the log itself is missing" in text


def test_the_owner_and_promises_of_people_are_shown() -> None:
    text = handover.render_cases(
        [_case("a", owner="user05", due="2026-03-02 12:00", promises=("call back",))]
    )

    assert "Owner: user05; deadline: 2026-03-02 12:00" in text
    assert "Promised: call back" in text
