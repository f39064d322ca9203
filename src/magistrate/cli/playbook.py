"""`magistrate playbook`: list, show and check the playbooks."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.playbooks.model import Playbook

NARROWEST = 40
_FORMAT = options.output_format("table", "json")


@click.group("playbook")
def command() -> None:
    """List, show or check the playbooks."""


@command.command("list")
@_FORMAT
def list_playbooks(output_format: str) -> None:
    """List the playbooks that come with Magistrate."""
    from magistrate.playbooks.load import load_playbook, playbook_names

    found = [load_playbook(name) for name in playbook_names()]
    if output_format == "json":
        rows = [{"id": p.id, "technique": p.technique, "title": p.title, "tactic": p.tactic} for p in found]
        click.echo(json.dumps(rows, indent=2))
        return
    for playbook in found:
        click.echo(f"{playbook.id:<10} {playbook.title} ({playbook.tactic})")


@command.command("show")
@click.argument("technique")
@_FORMAT
def show(technique: str, output_format: str) -> None:
    """Show a playbook: its sentences with what answers them, questions, rules and slips.

    TECHNIQUE is a name such as t1047 or the path of a playbook folder.
    """
    from magistrate.playbooks.load import load_playbook
    from magistrate.report.defuse import for_terminal

    playbook = load_playbook(_technique(technique))
    if output_format == "json":
        facts = playbook.model_dump(mode="json", by_alias=True)
        for requirement in facts["requirements"]:
            requirement["implemented_by"] = playbook.implementers(requirement["id"])
        click.echo(json.dumps(facts, indent=2))
        return
    width = max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, 110))
    for line in _lines(playbook, width):
        click.echo(for_terminal(line, limit=2_000))


@command.command("check")
@click.argument("technique")
@_FORMAT
def check(technique: str, output_format: str) -> int:
    """Check a playbook and print every problem at once; the exit code is 4 when there is one.

    TECHNIQUE is a name such as t1047 or the path of a playbook folder.
    """
    from magistrate.errors import PlaybookError
    from magistrate.events.tables import CATEGORIES
    from magistrate.playbooks.check import check_playbook
    from magistrate.playbooks.load import load_playbook
    from magistrate.report.defuse import for_terminal

    wanted = _technique(technique)
    problems = check_playbook(wanted, log_sources=CATEGORIES)
    if output_format == "json":
        rows = [
            {"location": p.location, "key": p.key, "message": p.message, "hint": p.hint} for p in problems
        ]
        click.echo(json.dumps(rows, indent=2))
    elif problems:
        for problem in problems:
            click.echo(for_terminal(str(problem), limit=2_000))
        click.echo(f"{len(problems)} problems.")
    else:
        playbook = load_playbook(wanted)
        parts = (
            f"{len(playbook.requirements)} requirements",
            f"{len(playbook.indicators)} indicators",
            f"{len(playbook.questions) + len(playbook.decisions)} questions",
            f"{len(playbook.rules)} rules",
            f"{len(playbook.cards)} cards",
        )
        click.echo(f"{playbook.id}: no problems; {', '.join(parts)}.")
    return PlaybookError.exit_code if problems else 0


def _technique(word: str) -> str | Path:
    """A path when the word looks like one or names a folder, else a name."""
    is_path = "/" in word or "\\" in word or word.startswith(".")
    return Path(word) if is_path else word


def _lines(playbook: Playbook, width: int) -> Iterator[str]:
    yield f"{playbook.technique} {playbook.title} ({playbook.tactic})"
    yield from _wrapped(playbook.sub_technique, width)
    yield from ("", "Requirements: what the playbook says, and what answers it")
    for requirement in playbook.requirements:
        yield from _item(requirement.id, f"[{requirement.row}] {requirement.says}", width)
        yield from _wrapped(
            f"answered by {', '.join(playbook.implementers(requirement.id))}", width, indent=5
        )
    yield from ("", "Questions and escalation decisions")
    for question in (*playbook.questions, *playbook.decisions):
        yield from _item(question.code, question.question, width)
    yield from ("", "Rules, in order")
    for rule in playbook.rules:
        outcomes = ", else ".join(outcome.disposition for outcome in rule.then) or "no close allowed"
        yield from _item(rule.id, f"{rule.title}: {outcomes}. {rule.text}", width)
    yield from ("", "Where the playbook and Windows disagree")
    for slip in playbook.slips:
        yield from _item("-", f"Says: {slip.says} In fact: {slip.fact} Done for both: {slip.both}", width)


def _item(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        f"{label:<4} {text}", width, subsequent_indent="     ", break_long_words=False, break_on_hyphens=False
    )


def _wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    space = " " * indent
    return textwrap.wrap(text, width, initial_indent=space, subsequent_indent=space, break_on_hyphens=False)
