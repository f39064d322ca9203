"""The escalation note as Markdown: the same lines in a fence, so that no ticket system changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report.note import note_lines

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".md"


def render(view: View) -> str:
    """The note inside a fenced block; no line of it can end the fence."""
    return "\n".join(("```text", *note_lines(view), "```")) + "\n"
