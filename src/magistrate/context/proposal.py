"""Proposes context entries from what a case saw: always as comments, for a person to confirm."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.context.shapes import command_shape, shape_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 200


@dataclass(frozen=True, slots=True)
class SeenUse:
    """One story of a case, as far as a register entry needs it. Values are as recorded, so never trusted."""

    account: str | None
    account_sid: str | None
    source: str | None
    target: str | None
    parent: str | None
    command: str | None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a case saw: hosts, accounts as (name, SID), and processes that WMI started."""

    hosts: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str | None], ...] = ()
    uses: tuple[SeenUse, ...] = ()


def starter_text(seen: Seen | None = None) -> str:
    """Text of a new context file; with the hosts, accounts and uses of a case as proposals in comments.

    Nothing proposed is in force: each line has to be uncommented by somebody who knows that it is true. Values from
    logs are written as quoted JSON text on one line, so that they cannot leave their comment.
    """
    text = resources.files("magistrate.context").joinpath("starter.yml").read_text(encoding="utf-8")
    if seen is None:
        return text
    return text + "\n".join(["", *_proposals(seen), ""])


def _proposals(seen: Seen) -> Iterator[str]:
    yield "# ---- Seen in the case. Nothing below is in force: confirm each line, fill the dots, take the mark away. ----"
    if seen.hosts:
        yield "# assets:"
        for host in seen.hosts[:_MOST]:
            yield f"#   - {{name: {_quoted(host)}, role: ...}}"
    if seen.accounts:
        yield "# accounts:"
        for name, sid in seen.accounts[:_MOST]:
            known = f", sid: {sid}" if sid else ""
            yield f"#   - {{name: {_quoted(name)}{known}, purpose: ...}}"
    entries: dict[tuple[str, SeenUse], None] = {}
    for use in seen.uses:
        if use.account_sid and use.source and use.command:
            entries.setdefault((command_shape(use.command, seen.hosts), replace(use, command=None)))
    if entries:
        yield "# register:  # only after the owner confirmed it through a known number"
        for number, (shape, use) in enumerate(list(entries)[:_MOST], 1):
            yield from _entry(number, shape, use)


def _entry(number: int, shape: str, use: SeenUse) -> Iterator[str]:
    if problem := shape_problem(shape):
        yield f"#   (no entry for {_quoted(shape)}: {problem})"
        return
    yield f"#   - id: KG-PROPOSED-{number}"
    yield "#     purpose: ..."
    yield f"#     account_sid: {use.account_sid}"
    if use.account:
        yield f"#     account_name: {_quoted(use.account)}"
    yield f"#     sources: [{_quoted(use.source or '')}]"
    if use.target:
        yield f"#     targets: {{hosts: [{_quoted(use.target)}]}}"
    if use.parent:
        image = use.parent.replace("/", "\\").rpartition("\\")[2]
        yield f"#     parent: {_quoted(image)}"
    yield f"#     shape: {_quoted(shape)}"
    if use.findings:
        yield f"#     excuses: []  # the case found {', '.join(use.findings)}"
    yield "#     owner: ..."
    yield "#     approved_by: ..."
    yield "#     approved: 'YYYY-MM-DD'"
    yield "#     expires: 'YYYY-MM-DD'  # at most a year, 90 days is the usual first term"


def _quoted(text: str) -> str:
    r"""One line of double-quoted text that JSON and YAML read alike; U+0085 and other breaks become escapes."""
    return json.dumps(text, ensure_ascii=True)
