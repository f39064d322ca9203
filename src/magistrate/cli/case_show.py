"""`magistrate case show`: a case on one screen, the program's verdict and what people say beside it."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path  # noqa: TC003 - part of the runtime type of an argument
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_options import case_argument, whole_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.cases.entries import Entry
    from magistrate.cases.state import Change, State

NARROWEST = 40
WIDEST = 110


@click.command("show")
@case_argument()
@click.option("--record", "whole", is_flag=True, help="Also list every entry of the record.")
@click.option("--ticket", is_flag=True, help="Only the fields of a ticket, one a line.")
@options.output_format("table", "json")
def show_command(case: Path, whole: bool, ticket: bool, output_format: str) -> None:
    """Show a case: the program's verdict, what people say beside it, and what waits.

    The number behind `version` is what --seen takes: it says which state a writer has seen.
    """
    from magistrate.cases.state import read_state

    record = whole_record(case)
    state = read_state(record.entries)
    if ticket:
        _print_ticket(case, state, output_format)
        return
    if output_format == "json":
        sys.stdout.write(json.dumps(_facts(state, record.entries if whole else ()), indent=2) + "\n")
        return
    width = max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, WIDEST))
    for line in _lines(state, width):
        click.echo(line)
    for remark in record.remarks:
        click.echo(f"note: {remark}")
    if whole:
        click.echo("")
        for entry in record.entries:
            click.echo(_entry_line(entry, width))


def _print_ticket(case: Path, state: State, output_format: str) -> None:
    """The fields of a ticket.

    Raises:
        UsageError: the case is not complete, or its verdict is not as it was written.
    """
    from magistrate.cases.files import digest
    from magistrate.cases.opinions import decided
    from magistrate.cases.ticket import ticket_fields
    from magistrate.errors import UsageError
    from magistrate.report.defuse import for_terminal

    path = case / "verdict.json"
    if digest(path) != decided(state).sha256:
        raise UsageError(
            "verdict.json is not as it was written.",
            location=str(case),
            hint="Run 'magistrate case verify'.",
        )
    fields = ticket_fields(state, json.loads(path.read_text(encoding="utf-8")))
    if output_format == "json":
        sys.stdout.write(json.dumps(fields, indent=2) + "\n")
        return
    for name, value in fields.items():
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(for_terminal(f"{name}: {said}", 4_000))


def _lines(state: State, width: int) -> Iterator[str]:
    from magistrate.cases.human import state_words

    yield from _wrapped("Case", f"{state.case_id}  {state.label}", width)
    yield from _wrapped("State", state_words(state), width)
    if (verdict := state.verdict) is not None:
        if state.closed:
            yield from _wrapped("Closed on", _closed_on(state), width)
        parts = (
            verdict.disposition,
            verdict.severity,
            f"confidence {verdict.confidence}",
            f"rule {verdict.rule}",
        )
        yield from _wrapped("Tool", "  ".join(part for part in parts if part), width)
        answers = "  ".join(f"{code} {item['state']}" for code, item in verdict.answers.items())
        yield from _wrapped("Answers", answers, width)
    yield from _changes(state, width)
    for entry in state.notes:
        facts = entry.facts
        about = f" on record {facts['evidence']}" if facts.get("evidence") else ""
        yield from ("", *_wrapped(f"Note {entry.number}", f"{entry.by}, {_short(entry.utc)}{about}", width))
        yield from _paragraphs(str(facts.get("text", "")), width)
    for entry in state.refused:
        facts = entry.facts
        yield from (
            "",
            *_wrapped(
                f"Kept {entry.number}",
                f"{entry.by}, {_short(entry.utc)}, not in force: {facts.get('why')}",
                width,
            ),
        )
        yield from _paragraphs(str(facts.get("because", "")), width)
    yield ""
    yield from _wrapped("Version", f"{state.version}, head {state.head[:16]}", width)


def _closed_on(state: State) -> str:
    """Who let the case close: the rules, or people."""
    facts = state.closed.facts if state.closed else {}
    number = facts.get("override")
    change = next((item for item in state.changes if item.number == number), None)
    if change is None:
        return f"the program's verdict {facts.get('tool')}"
    return f"override {change.number} of {change.by}" + (
        f", agreed by {change.second}" if change.second else ""
    )


def _changes(state: State, width: int) -> Iterator[str]:
    from magistrate.cases.human import basis, sentence

    for change in state.changes:
        yield ""
        yield from _wrapped(f"{change.about.capitalize()} {change.number}"[:12], sentence(change), width)
        yield from _paragraphs(f"{change.facts.get('reason')}, {basis(change.facts)}", width)
        yield from _paragraphs(f"{change.by}, {_short(change.utc)}: {_standing(change)}", width)
        if proposal := change.facts.get("proposal"):
            yield from _paragraphs("proposed for the register, not in force:", width)
            yield from _paragraphs(json.dumps(proposal, ensure_ascii=True), width)


def _standing(change: Change) -> str:
    alike = ", writing as the same system user" if change.same_system_user else ""
    second = f" (second person: {change.second}{alike})" if change.second else ""
    return f"{change.standing.value}{second}"


def _short(utc: str) -> str:
    return f"{utc[:10]} {utc[11:19]} UTC"


def _wrapped(label: str, text: str, width: int) -> list[str]:
    from magistrate.report.defuse import for_terminal

    return textwrap.wrap(
        for_terminal(text, 4_000),
        width,
        initial_indent=f"{label:<12} ",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
    ) or [label]


def _paragraphs(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines() or [""]:
        yield from _wrapped("", line, width)


def _entry_line(entry: Entry, width: int) -> str:
    from magistrate.report.defuse import for_terminal

    line = f"{entry.number:>4}  {_short(entry.utc)}  {entry.kind:<9} {entry.hash[:16]}  {entry.by}"
    return for_terminal(line, width)


def _facts(state: State, entries: tuple[Entry, ...]) -> dict[str, object]:
    from magistrate.cases.human import human_view, state_words
    from magistrate.report.plain import plain

    facts: dict[str, object] = {
        "case": state.case_id,
        "label": state.label,
        "state": state_words(state),
        "version": state.version,
        "head": state.head,
        "tool": plain(state.verdict),
        "human": plain(human_view(state)),
    }
    if entries:
        facts["record"] = [{**plain(entry), "body": entry.facts} for entry in entries]
    return facts
