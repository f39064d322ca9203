from __future__ import annotations

import pytest

from magistrate.report.scoring import account_key, host_key, score

ESCALATED = {"t1047": True, "t1546_003": False, "verdict": "escalate", "methods": ["wmic-query"], "reason": "r",
             "accounts": ["CORP\\user03"], "source_hosts": ["10.0.0.1"], "target_hosts": ["fs01.corp.example"],
             "records": 10, "label_depth": "deep"}  # fmt: skip
CLEAN = {**ESCALATED, "t1047": False, "verdict": "do_not_escalate", "methods": [], "accounts": [],
         "source_hosts": [], "target_hosts": [], "records": 1_000_000}  # fmt: skip
RIGHT = {"verdict": "escalate", "t1047": True, "methods": [], "accounts": ["user03@corp.example"],
         "hosts": ["FS01", "10.0.0.1"], "findings": 3, "disposition": "ESCALATE-INCIDENT", "rule": "R1"}  # fmt: skip


def _score(labels: list[dict], predictions: list[dict]):
    named = [{"file": f"{number}.evtx", **label} for number, label in enumerate(labels)]
    return score(named, [{"file": f"{number}.evtx", **item} for number, item in enumerate(predictions)])


def test_a_right_answer_is_a_true_positive() -> None:
    result = _score([ESCALATED], [RIGHT])

    assert (result.detection.precision, result.detection.recall, result.detection.f1) == (1.0, 1.0, 1.0)
    assert (result.accounts.f1, result.hosts.f1) == (1.0, 1.0)


def test_a_file_without_prediction_is_a_miss() -> None:
    result = _score([ESCALATED], [])

    assert (result.missing, result.detection.fn) == (1, 1)
    assert result.verdicts.cells == {"escalate": {"(none)": 1}}


def test_a_false_alarm_counts_its_findings_per_million_events() -> None:
    result = _score([CLEAN], [RIGHT])

    assert (result.detection.fp, result.false_all.findings_per_million) == (1, 3.0)


def test_uncertain_labels_count_neither_way() -> None:
    result = _score([{**ESCALATED, "t1047": "uncertain", "verdict": "uncertain"}], [RIGHT])

    assert (result.detection.tp, result.detection.fp, result.verdicts.scored) == (0, 0, 0)


def test_recordings_nobody_decoded_are_left_out() -> None:
    result = _score([{**ESCALATED, "label_depth": "name"}], [])

    assert (result.missing, result.detection.fn) == (0, 0)


def test_only_recordings_labelled_in_depth_are_wmi_relevant() -> None:
    result = _score([ESCALATED, {**CLEAN, "label_depth": "search"}], [RIGHT, RIGHT])

    assert (result.verdicts.scored, result.verdicts_relevant.scored) == (2, 1)


def test_macro_f1_is_the_mean_over_the_verdicts_that_occur() -> None:
    result = _score([ESCALATED, ESCALATED, CLEAN], [RIGHT, {**RIGHT, "verdict": "insufficient"}, RIGHT])

    # escalate: tp 1, fp 1, fn 1 gives 0.5; do_not_escalate and insufficient give 0
    assert result.verdicts.macro_f1 == pytest.approx(0.5 / 3)


def test_an_escalation_that_was_closed_is_named() -> None:
    closed = {**RIGHT, "verdict": "do_not_escalate", "disposition": "CLOSE-BENIGN"}

    assert _score([ESCALATED], [closed]).closed_escalations == ("0.evtx",)


def test_wrong_ones_are_listed_with_the_reason_of_the_label() -> None:
    result = _score([CLEAN], [RIGHT])

    assert [(item.kind, item.file, item.why) for item in result.wrong] == [("false alarm", "0.evtx", "r")]


def test_figures_without_data_are_undefined_and_not_zero() -> None:
    result = _score([], [])

    assert (result.detection.precision, result.verdicts.macro_f1, result.false_all.findings_per_million) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("name", "key"), [("CORP\\User03", "user03"), ("user03@corp", "user03"), ("CORP/user03", "user03")]
)
def test_accounts_are_compared_without_their_domain(name: str, key: str) -> None:
    assert account_key(name) == key


@pytest.mark.parametrize(
    ("name", "key"), [("FS01.corp.example", "fs01"), ("10.0.5.23", "10.0.5.23"), ("fe80::1", "fe80::1")]
)
def test_hosts_are_compared_without_their_domain_and_addresses_whole(name: str, key: str) -> None:
    assert host_key(name) == key
