"""`magistrate plan`: the response plan of a case, printed and never run."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_folder import read_finished
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from magistrate.response.plan import Plan

TECHNIQUE = "t1047"
FORMATS = ("md", "json", "ps1", "cacao")


@click.command("plan")
@click.argument("case", type=click.Path(path_type=Path, file_okay=False))
@options.output_format(
    *FORMATS,
    text="md is a runbook, json the schema magistrate.plan/1, ps1 a script that prints and keeps -WhatIf, cacao a "
    "CACAO 2.0 playbook of manual steps.",
)
@options.context("What the site knows (YAML): which hosts and accounts are protected is judged by it anew.")
@click.option(
    "--assume-unprotected",
    "assumed",
    metavar="NAME",
    multiple=True,
    help="Take a host, account or address that nobody described as unprotected, once its owner has confirmed it. "
    "Refused for what is known to be protected. May be given more than once.",
)
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="Plan for this host, account or address only. May be given more than once.",
)
def command(
    case: Path,
    output_format: str,
    context: Path | None,
    assumed: tuple[str, ...],
    only: tuple[str, ...],
) -> int:
    """Print the response plan of a case; nothing is run.

    CASE is the folder of a case. The plan gives cards in the order to act, each with its check, command, side
    effects, verification, way back and approver. A target that the site context does not describe counts as
    protected and gets no command.
    """
    from magistrate.context.load import load_context
    from magistrate.playbooks.load import load_playbook
    from magistrate.report.read_view import read_view
    from magistrate.response import plan as planning
    from magistrate.response.protection import guard_own_machine, guarded

    read_finished(case)
    view = read_view(case)
    scope, case_hash = view.scope, view.case_hash
    if scope is None:
        raise UsageError(
            "the case was made by a version without response plans.",
            location=str(case),
            hint="Investigate the evidence again with this version.",
        )
    own = platform.node() or None
    if context is not None:
        if not context.is_file():
            raise UsageError("there is no such context file.", location=str(context), hint="Check --context.")
        scope = guarded(scope, load_context(context), own)
    else:
        scope = guard_own_machine(scope, own)
    try:
        scope = planning.release(planning.only(scope, only), assumed)
    except planning.ReleaseError as error:
        raise UsageError(
            f"{error}.".replace("..", "."), hint="Read the scope table of the plan without this option."
        ) from error
    names = tuple(sorted(set(assumed)))
    plan = planning.make_plan(
        load_playbook(TECHNIQUE), scope, case_hash, names, f"Magistrate {case_hash[:16]}"
    )
    sys.stdout.write(render(plan, output_format))
    return 0


def render(plan: Plan, output_format: str) -> str:
    """A plan in one of the formats of the command."""
    from magistrate.report import plan_cacao, plan_json, plan_markdown, plan_ps1

    exporters = {"md": plan_markdown, "json": plan_json, "ps1": plan_ps1, "cacao": plan_cacao}
    return str(exporters[output_format].render(plan))
