"""Attacker text is inert in every channel (threat model T-OUT-1 to T-OUT-9)."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.report import defuse

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = (
    defuse.for_terminal,
    defuse.for_html,
    defuse.for_markdown,
    defuse.for_fence,
    defuse.for_csv,
    defuse.for_markdown_code,
    lambda text: defuse.for_fence(text, prose=False),
)
any_text = st.text(st.characters(codec=None), max_size=300)


@given(any_text)
def test_t_out_3_no_control_or_format_character_reaches_any_channel(text: str) -> None:
    shown = "".join(channel(text) for channel in CHANNELS)

    assert [
        character for character in shown if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
    ] == []


@given(any_text)
def test_t_out_6_every_channel_gives_one_line(text: str) -> None:
    assert all(len(channel(text).splitlines()) <= 1 for channel in CHANNELS)


@given(any_text)
def test_t_out_1_html_holds_no_active_character(text: str) -> None:
    assert not set("<>\"'") & set(defuse.for_html(text))


@given(any_text)
def test_t_out_2_no_csv_cell_starts_like_a_formula(text: str) -> None:
    assert not defuse.for_csv(text).lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@given(any_text)
def test_t_out_2_the_csv_prefix_can_be_undone(text: str) -> None:
    row = next(csv.reader(io.StringIO(f'"{defuse.for_csv(text).replace(chr(34), chr(34) * 2)}"')))
    cell = re.sub(r"(;\s*)'(?=[=+\-@])", r"\1", row[0])
    cell = cell[1:] if cell.startswith("'") and cell[1:].lstrip()[:1] in tuple("=+-@") else cell
    undone = re.sub(r"<U\+([0-9A-F]{4,6})>", lambda match: chr(int(match[1], 16)), cell)

    assert text == undone


def test_t_out_2_a_formula_behind_a_semicolon_is_neutral() -> None:
    assert defuse.for_csv("a;=1+1") == "a;'=1+1"


def test_t_out_2_a_cell_stays_below_the_limit_of_spreadsheets() -> None:
    assert len(defuse.for_csv("A" * 40_000)) < 32_767


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gpj\u202egnp.exe", "gpj<U+202E>gnp.exe"),
        ("w\u200bm\u200bi\u200bc", "w<U+200B>m<U+200B>i<U+200B>c"),
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("\uff57mic", "<U+FF57>mic"),
        ("wm\u0456c.exe", "wm<U+0456>c.exe"),
        ("<U+202E>", "<U+003C>U+202E>"),
        ("a\r\nb", "a<U+000D><U+000A>b"),
        ("a" + "\n" * 500 + "b", "a<U+000A x500>b"),
        ("cmd" + " " * 3_000 + "calc", "cmd<U+0020 x3,000>calc"),
    ],
    ids=[
        "bidi",
        "zero-width",
        "escape",
        "full-width",
        "cyrillic",
        "forged-escape",
        "newline",
        "newlines",
        "blanks",
    ],
)
def test_t_out_4_hidden_and_look_alike_characters_are_shown(text: str, shown: str) -> None:
    assert shown == defuse.for_terminal(text)


def test_t_out_4_words_of_one_script_stay_readable() -> None:
    assert defuse.for_terminal("Москва Ελλάδα café") == "Москва Ελλάδα café"


def test_t_out_9_folded_text_shows_start_end_and_count() -> None:
    shown = defuse.for_terminal("S" + "x" * 39_998 + "E")

    assert re.fullmatch(r"Sx+ <[\d,]+ of 40,000 characters not shown> x+E", shown)


@given(st.text(min_size=500, max_size=3_000))
def test_t_out_9_folding_accounts_for_every_character(text: str) -> None:
    shown = defuse.for_terminal(text, limit=100)
    hidden = re.search(r" <([\d,]+) of ([\d,]+) characters not shown> ", shown)

    assert hidden
    assert f"{len(text):,}" == hidden[2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://evil.example.com/a.b", "hxxp://evil[.]example[.]com/a.b"),
        ("HTTPS://x.example", "HXXPS://x[.]example"),
        ("www.example.com", "www[.]example.com"),
        ("file://host.example/x", "file[:]//host[.]example/x"),
    ],
)
def test_t_out_5_urls_in_prose_are_defanged(text: str, shown: str) -> None:
    assert shown == defuse.for_fence(text)


def test_t_out_5_urls_in_quoted_fields_stay_exact() -> None:
    assert defuse.for_html("http://evil.example.com/", prose=False) == "http://evil.example.com/"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("10.0.5.23", "10.0.5.23"),
        (r"CORP\user03", r"CORP\user03"),
        ("a|b", r"a\|b"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("2>&1", r"2\>&1"),
    ],
)
def test_t_out_5_markdown_stays_text(text: str, shown: str) -> None:
    assert shown == defuse.for_markdown(text)


@given(any_text)
def test_t_out_5_a_code_span_cannot_be_left(text: str) -> None:
    assert "`" not in defuse.for_markdown_code(text)


@given(any_text)
def test_t_out_5_a_table_cell_cannot_be_left(text: str) -> None:
    assert not re.search(r"(?<!\\)\|", defuse.for_markdown_code(text, in_table=True))


def test_t_out_5_a_fence_cannot_be_closed_and_keeps_the_backticks_of_commands() -> None:
    assert defuse.for_fence("```") == "<U+0060><U+0060><U+0060>"
    assert defuse.for_fence("Get-Item `$x", prose=False) == "Get-Item `$x"


def test_every_published_attack_string_is_inert_in_every_channel(hostile: Path) -> None:
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    strings = [json.loads(line)["CommandLine"] for line in lines]
    active = [
        text
        for text in strings
        for channel in CHANNELS
        if len(channel(text).splitlines()) > 1 or "\x1b" in channel(text) or "\u202e" in channel(text)
    ]

    assert len(strings) > 30
    assert active == []
