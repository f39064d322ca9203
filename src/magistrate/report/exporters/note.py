"""The escalation note as plain text, at most 25 lines, for a ticket or a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report.note import note_lines

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".txt"


def render(view: View) -> str:
    """The note, a line each."""
    return "\n".join(note_lines(view)) + "\n"
