"""What is typed is shown as code, what is said is not."""

from __future__ import annotations

import pytest

from magistrate.report.instruction import is_command


@pytest.mark.parametrize(
    "text",
    [
        r"wevtutil epl Security C:\IR\Security.evtx",
        "magistrate investigate LOGS --context site.yml",
        "Remove-NetFirewallRule -Name IR-BLK-WMI -WhatIf",
        "# from two places\n135,445 | ForEach-Object { $_ }",
        "sc.exe query state= all; schtasks /query /v /fo csv",
    ],
)
def test_a_command_line_is_a_command(text: str) -> None:
    assert is_command(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "export the 30 days before from the log archive or SIEM for this host and account",
        "Test-ComputerSecureChannel gives True.",
        "hash, address or domain only, with date and verdict noted",
        "4624, 4648, 4672 for CORP\\user05 before 2026-03-02",
        "not needed",
    ],
)
def test_an_instruction_in_words_is_no_command(text: str) -> None:
    assert not is_command(text)
