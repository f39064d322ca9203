"""Words that every report uses."""

from __future__ import annotations

import pytest

from magistrate.report.wording import codes_only, recorded_list, sentence

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
