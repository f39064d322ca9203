"""Words that every report uses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.report.build import build_view
from magistrate.report.wording import codes_only, intake_text, recorded_list, sentence, window_text
from report.sample_case import T0, sample_case

PRIVILEGES = "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeDebugPrivilege"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (PRIVILEGES, "SeSecurityPrivilege, SeBackupPrivilege, SeDebugPrivilege"),
        ("%%1541\r\n\t\t\t\t%%4416\r\n\t\t\t\t", "%%1541, %%4416"),
    ],
)
def test_a_list_recorded_with_line_breaks_is_shown_with_commas(value: str, shown: str) -> None:
    assert recorded_list(value) == shown


@pytest.mark.parametrize(
    "value", ["whoami /all\r\ndel C:\\x", "a, b\r\nc", "SeDebugPrivilege", "a\u202e\r\nb"]
)
def test_any_other_text_keeps_its_line_breaks(value: str) -> None:
    assert recorded_list(value) == value


def test_a_finding_is_named_by_its_code_alone() -> None:
    assert codes_only("D1 (D1-0123456789abcdef), S3 (S3-0123456789abcdef)") == "D1, S3"


def test_the_id_of_another_finding_is_kept() -> None:
    assert codes_only("D1 (D2-0123456789abcdef)") == "D1 (D2-0123456789abcdef)"


@pytest.mark.parametrize("text", ["It is so", "It is so.", "It is so. "])
def test_a_sentence_ends_with_one_full_stop(text: str) -> None:
    assert sentence(text) == "It is so."


def test_a_window_says_what_was_not_judged() -> None:
    files = tuple(replace(item, outside_window=20) for item in sample_case().intake.files[:2])
    case = replace(
        sample_case(), window=(T0, None), intake=replace(sample_case().intake, files=files, issues=())
    )

    assert window_text(build_view(case)) == "40 records before 2026-03-02 10:14:07 UTC not judged"


def test_without_a_window_nothing_is_said_of_one() -> None:
    assert window_text(build_view(sample_case())) == ""


def test_records_in_slack_are_not_left_out_of_the_account() -> None:
    files = (
        replace(
            sample_case().intake.files[0], found=12, loaded=5, duplicate=0, recovered=7, bad=0, refused=0
        ),
    )
    view = build_view(replace(sample_case(), intake=replace(sample_case().intake, files=files)))

    assert intake_text(view) == "12 records found, 5 loaded, 7 in slack (not used)"
