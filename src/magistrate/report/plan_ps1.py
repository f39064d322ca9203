"""The plan as a PowerShell script that prints.

Loading or running the file defines one function for each card and lists them; it changes nothing. A function prints
its commands. Only when it is called with the hash of this plan does it go on to them, and what changes a target still
carries -WhatIf. Cards that are not planned hold no command line at all.

The file is ASCII: Windows PowerShell reads a file without a mark in an old code page, in which the bytes of harmless
letters become typographic quotes, and these end a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report.defuse import visible
from magistrate.response.model import CardState
from magistrate.response.quoting import powershell_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.response.model import CardResult
    from magistrate.response.plan import Plan


def render(plan: Plan) -> str:
    """The plan as a script; lines end with a line feed."""
    lines = [
        *_comments(
            f"Response plan of Magistrate: {plan.disposition}",
            f"Plan hash {plan.plan_hash}",
            f"Case hash {plan.case_hash}",
            f"Order: {plan.order}; pace: {plan.pace}",
            "Loading this file changes nothing: it lists the cards. The function of a card prints it. Its commands are",
            "reached only with -PlanHash and the hash above, and what changes a target keeps -WhatIf even then; that is",
            "taken out by hand, line by line, after two people approved this very hash.",
            *plan.rules,
            *plan.never,
        )
    ]
    for card in plan.cards:
        lines += ["", *_card(card, plan.plan_hash)]
    lines += ["", *(f"Write-Output {literal(_headline(card))}" for card in plan.cards)]
    return "\n".join(lines) + "\n"


def literal(text: str) -> str:
    """Any text as one PowerShell text on one line; hidden characters become visible."""
    return powershell_text(visible(text))


def function_name(card: CardResult) -> str:
    """Name of the function of a card; holds digits only, never text of a log."""
    return f"Show-MagistrateCard{card.order:03}"


def _headline(card: CardResult) -> str:
    return f"{function_name(card)}: {card.title} ({card.state.value}; approver: {card.approver})"


def _comments(*texts: str) -> list[str]:
    """Comment lines; a text is never the first thing on a line, so that it cannot form a directive."""
    return [f"# | {_ascii(visible(line))}".rstrip() for text in texts for line in text.split("\n")]


def _ascii(text: str) -> str:
    return "".join(c if c.isascii() else f"<U+{ord(c):04X}>" for c in text)


def _card(card: CardResult, plan_hash: str) -> Iterator[str]:
    yield from _comments(
        f"{card.order}. {card.title} [{card.id}, {card.requirement}, {card.phase}, {card.state.value}]",
        card.result,
        f"Goal: {card.goal}",
        f"Check first: {card.precheck}",
        f"Side effects: {card.side_effects}",
        f"Evidence lost: {card.evidence_lost}",
        f"Approver: {card.approver}; reversible: {'yes' if card.reversible else 'no'}",
    )
    if card.evidence_ids:
        yield from _comments(f"Records: {', '.join(card.evidence_ids)}")
    yield f"function {function_name(card)} {{"
    yield "    param([string]$PlanHash = '')"
    yield f"    Write-Output {literal(_headline(card))}"
    yield from _printed("Commands:", card.command)
    yield from _printed("Verify:", card.verify)
    yield from _printed("Roll back:", card.rollback)
    if card.state is CardState.PLANNED:
        yield f"    if ($PlanHash -cne {literal(plan_hash)}) {{ return }}"
        yield "    $ErrorActionPreference = 'Stop'"
        yield from _body(card.command)
    yield "}"


def _printed(head: str, text: str) -> Iterator[str]:
    """Lines that print a part of a card."""
    for line in (head, *(f"  {line}" for line in text.split("\n"))):
        yield f"    Write-Output {literal(line)}"


def _body(command: str) -> Iterator[str]:
    """Command lines as they are, which hold values in quotes only; comments through the one function for them."""
    for line in command.split("\n"):
        if line.lstrip().startswith("#"):
            yield from (f"    {comment}" for comment in _comments(line.lstrip().lstrip("#").strip()))
        else:
            yield f"    {line}"
