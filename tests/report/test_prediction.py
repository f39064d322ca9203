from __future__ import annotations

from dataclasses import replace

from magistrate.report.prediction import failed, predict
from magistrate.sources.base import Intake
from report.sample_case import FINDINGS, quiet_case, sample_case


def test_a_prediction_sums_up_the_active_stories() -> None:
    said = predict(sample_case(), "a.evtx", 1.23456)

    assert (said.verdict, said.t1047, said.methods, said.accounts, said.rule) == (
        "escalate",
        True,
        ("impacket-wmiexec",),
        (r"CORP\user05",),
        "R1",
    )
    assert said.hosts == ("fs01.corp.example", "ws23.corp.example")
    assert said.evidence == (88_001, 88_002)


def test_mitigating_findings_are_not_counted() -> None:
    assert predict(sample_case(), "a.evtx", 0).findings == len(FINDINGS) - 1


def test_findings_without_an_active_story_are_not_counted() -> None:
    loose = tuple(replace(item, story_id=None) for item in FINDINGS)

    assert predict(replace(sample_case(), findings=loose), "a.evtx", 0).findings == 0


def test_nothing_is_counted_when_wmi_was_not_observed() -> None:
    said = predict(quiet_case(), "a.evtx", 0)

    assert (said.t1047, said.findings, said.accounts) == (False, 0, ())


def test_a_failed_recording_says_insufficient_and_why() -> None:
    said = failed("a.evtx", 0.5, "cannot be read")

    assert (said.verdict, said.t1047, said.error) == ("insufficient", False, "cannot be read")


def test_a_recording_of_which_nothing_was_loaded_is_not_called_clean() -> None:
    said = predict(replace(quiet_case(), intake=Intake()), "a.evtx", 0)

    assert (said.verdict, said.error) == ("insufficient", "no record could be loaded")
