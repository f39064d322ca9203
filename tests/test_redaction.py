"""Passwords and tokens do not leave the case folder (threat model T-OUT-8)."""

from __future__ import annotations

import pytest

from magistrate.redaction import mask_secrets, secret_patterns


@pytest.mark.parametrize("row", secret_patterns(), ids=lambda row: row.name)
def test_t_out_8_the_example_of_each_pattern_is_masked(row) -> None:
    assert (row.masked, 1) == mask_secrets(row.example)


@pytest.mark.parametrize(
    "text",
    [
        r"wmic /node:fs01 process list",
        r"cmd.exe /Q /c whoami 1> \\127.0.0.1\ADMIN$\__1772446445.81 2>&1",
        "net user backdoor /add",
        "net use * /delete",
        "net user",
        r"net use \\fs01\share /persistent:no",
        "powershell -noP -sta -w 1 -enc SQBFAFgA",
        "tar -p archive.tar",
        "schtasks /query /tn patch",
        "ConvertTo-SecureString $text",
    ],
)
def test_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert (text, 0) == mask_secrets(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('create "net user /add backdoor Winter12"', 'create "net user /add backdoor <masked>"'),
        ("cmd /c net user backdoor Winter12 /add /y", "cmd /c net user backdoor <masked> /add /y"),
        ("cmd /c 'wmic /password:Winter12'", "cmd /c 'wmic /password:<masked>'"),
        ('wmic /password:a"b os', "wmic /password:<masked> os"),
    ],
)
def test_a_password_is_masked_wherever_the_switches_stand(text: str, masked: str) -> None:
    assert mask_secrets(text) == (masked, 1)


def test_a_quoted_password_is_masked_whole() -> None:
    assert mask_secrets('wmic /password:"two words" os') == ("wmic /password:<masked> os", 1)


def test_masking_twice_changes_nothing() -> None:
    once, _ = mask_secrets("wmic /password:Winter12 os")

    assert (once, 0) == mask_secrets(once)


def test_a_secret_behind_long_filler_is_masked() -> None:
    masked, number = mask_secrets("x" * 40_000 + " /password:Winter12")

    assert number == 1
    assert "Winter12" not in masked


def test_every_pattern_is_fast_on_long_hostile_text() -> None:
    text = ("net use " + "a" * 300 + " -p " + "psexec " + "/user:") * 200
    masked, _ = mask_secrets(text)

    assert len(masked) <= len(text) + 10_000
