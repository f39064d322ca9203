"""`magistrate case`: what people say about a case beside the program's verdict, and the proof that nothing changed."""

from __future__ import annotations

import rich_click as click

from magistrate.cli.case_bundle import export_command, import_command, report_command
from magistrate.cli.case_list import list_command
from magistrate.cli.case_say import (
    answer_command,
    approve_command,
    close_command,
    note_command,
    override_command,
)
from magistrate.cli.case_show import show_command
from magistrate.cli.case_verify import verify_command


@click.group("case")
def command() -> None:
    """Show and check cases; add notes, answers and verdicts of people."""


for _part in (
    list_command,
    show_command,
    note_command,
    answer_command,
    override_command,
    approve_command,
    close_command,
    report_command,
    export_command,
    import_command,
    verify_command,
):
    command.add_command(_part)
