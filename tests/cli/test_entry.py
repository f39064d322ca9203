"""Every failure is one clear sentence on stderr and an exit code."""

from __future__ import annotations

import click
import pytest

from magistrate.cli import commands, entry
from magistrate.errors import ExportError, MagistrateError, PlaybookError, SourceError, StoreError, UsageError


@pytest.fixture
def failing(monkeypatch):
    """Make the root command raise an error."""

    def use(error: BaseException) -> None:
        def fail(**_) -> None:
            raise error

        monkeypatch.setattr(entry.root, "main", fail)

    return use


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (SourceError, 3),
        (PlaybookError, 4),
        (StoreError, 5),
        (ExportError, 6),
        (MagistrateError, 1),
    ],
)
def test_the_class_of_an_error_gives_the_exit_code(failing, capsys, error, code: int) -> None:
    failing(error("it broke.", location="a.evtx", hint="Copy it again."))

    assert entry.main([]) == code
    assert capsys.readouterr().err == "magistrate: a.evtx: it broke. Copy it again.\n"


def test_an_unexpected_error_is_a_sentence_and_not_a_traceback(failing, capsys) -> None:
    failing(RuntimeError("oops"))

    assert entry.main([]) == 1
    assert capsys.readouterr().err == (
        "magistrate: internal error (RuntimeError): oops. "
        "Run again with MAGISTRATE_DEBUG=1 and report what it prints.\n"
    )


def test_debug_shows_the_traceback(failing, capsys, monkeypatch) -> None:
    monkeypatch.setenv("MAGISTRATE_DEBUG", "1")
    failing(RuntimeError("oops"))
    entry.main([])

    assert "Traceback (most recent call last):" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_says_that_the_case_is_not_complete(failing, capsys, error) -> None:
    failing(error)

    assert entry.main([]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_t_out_3_an_error_message_carries_no_control_character(failing, capsys) -> None:
    failing(UsageError("bad \x1b]0;x\x07 name\r\nforged: line"))
    entry.main([])
    text = capsys.readouterr().err

    assert text.count("\n") == 1
    assert not set("\x1b\x07\r") & set(text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nosuch"], "No such command 'nosuch'"),
        (["investigate"], "Missing argument 'LOGS...'"),
        (
            ["investigate", "x", "--from", "yesterday"],
            "'yesterday' is not a time such as 2026-03-02T10:00:00Z.",
        ),
        (["investigate", "x", "--jobs", "0"], "0 is not in the range"),
        (["show", "case"], "Missing argument 'EVIDENCE-ID'"),
    ],
)
def test_wrong_words_give_one_sentence_and_exit_code_2(capsys, words: list[str], said: str) -> None:
    assert entry.main(words) == 2

    text = capsys.readouterr().err

    assert said in text
    assert text.count("\n") == 1


def test_commands_are_imported_only_when_they_run() -> None:
    assert all(isinstance(item, commands.LazyCommand) for item in commands.root.commands.values())
