"""The plan as a runbook: one page to decide on, then a card for each action."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from magistrate.report.templating import markdown_environment

if TYPE_CHECKING:
    from jinja2 import Template

    from magistrate.response.plan import Plan


def render(plan: Plan) -> str:
    """The plan as Markdown text."""
    return _template().render(plan=plan).rstrip("\n") + "\n"


@cache
def _template() -> Template:
    return markdown_environment().get_template("plan.md.j2")
