"""`report.md`: the escalation note first, ready for a ticket, then everything behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from magistrate.report.note import note_lines
from magistrate.report.templating import markdown_environment

if TYPE_CHECKING:
    from magistrate.report.view import View

FILE = "report.md"


def render(view: View) -> str:
    """The view as Markdown text."""
    template = markdown_environment().get_template("report.md.j2")
    note = [
        Markup(line) for line in note_lines(view)
    ]  # the note has encoded its lines; twice would escape escapes
    return template.render(view=view, note=note).rstrip("\n") + "\n"
