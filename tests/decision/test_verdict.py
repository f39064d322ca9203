from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.answers.cases import T0, TARGET, coverage, finding, signal

from magistrate.coverage.model import TamperSign
from magistrate.decision import Decision, Disposition, to_label
from magistrate.detections.signals import Level


def label(disposition, findings=(), signals=(), cover=None):
    decided = Decision(disposition, None, "", "Low", "N0", (), (), (), (), ())
    return to_label(decided, findings, signals, cover or coverage()).value


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        (Disposition.ESCALATE_INCIDENT, "escalate"),
        (Disposition.ESCALATE_REVIEW, "escalate"),
        (Disposition.HOLD_DATA, "insufficient"),
        (Disposition.CLOSE_BENIGN, "do_not_escalate"),
        (Disposition.CLOSE_TEST, "do_not_escalate"),
        (Disposition.CLOSE_FALSE, "do_not_escalate"),
    ],
)
def test_disposition_has_its_label(disposition, expected):
    assert label(disposition) == expected


def test_routine_log_without_any_sign_needs_nobody():
    assert label(Disposition.NOT_OBSERVED) == "do_not_escalate"


def test_sign_of_another_attack_is_not_t1047():
    assert label(Disposition.NOT_OBSERVED, signals=[signal()]) == "not_t1047"


def test_strong_finding_without_wmi_is_not_t1047():
    assert label(Disposition.NOT_OBSERVED, findings=[finding("S13", None)]) == "not_t1047"


def test_one_common_sign_in_a_routine_log_needs_nobody():
    assert label(Disposition.NOT_OBSERVED, signals=[signal(Level.MEDIUM)]) == "do_not_escalate"


@pytest.mark.parametrize("kind", ["clock_changed", "sysmon_configured"])
def test_sign_that_takes_no_record_away_is_everyday_work(kind):
    sign = TamperSign(TARGET, T0, "a sign", "an administrator", kind=kind)

    assert label(Disposition.NOT_OBSERVED, cover=coverage(tamper=(sign,))) == "do_not_escalate"


@pytest.mark.parametrize(
    "kind", ["silence", "log_cleared", "audit_removed", "sysmon_stopped", "record_id_fall"]
)
def test_cut_recording_clears_nobody(kind):
    sign = TamperSign(TARGET, T0, "a sign", "an administrator", kind=kind)

    assert label(Disposition.NOT_OBSERVED, cover=coverage(tamper=(sign,))) == "not_t1047"


def test_excerpt_clears_nobody():
    cut = replace(coverage(), first=T0, last=T0 + timedelta(hours=2))

    assert label(Disposition.NOT_OBSERVED, cover=cut) == "not_t1047"
