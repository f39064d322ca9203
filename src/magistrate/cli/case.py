"""`magistrate case`: what people say about a case beside the program's verdict, and the proof that nothing changed."""

from __future__ import annotations

from importlib import import_module

import rich_click as click

# Name of each command below `case`, and its module. A command that is not called is not imported.
_PARTS: tuple[tuple[str, str], ...] = (
    ("list", "magistrate.cli.case_list"),
    ("show", "magistrate.cli.case_show"),
    ("note", "magistrate.cli.case_say"),
    ("verify", "magistrate.cli.case_verify"),
)


@click.group("case")
def command() -> None:
    """Show and check cases; add notes, answers and verdicts of people."""


for _name, _module in _PARTS:
    command.add_command(getattr(import_module(_module), f"{_name}_command"), _name)
