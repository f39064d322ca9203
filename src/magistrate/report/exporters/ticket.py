"""The fields of a ticket, one a line, each with its name, to paste or to read by a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report.defuse import for_fence
from magistrate.report.ticket_fields import ticket_fields

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".txt"
_LIMIT = 1_200


def render(view: View) -> str:
    """`Name: value` lines; a list has its values separated by semicolons, an empty field a hyphen."""
    return "".join(
        f"{name}: {for_fence('; '.join(values) or '-', _LIMIT)}\n"
        for name, values in ticket_fields(view).items()
    )
