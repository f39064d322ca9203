"""The plan for machines, in the published schema `magistrate.plan/1`; keys sorted, ASCII with escapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.report.plain import plain

if TYPE_CHECKING:
    from magistrate.response.plan import Plan


def render(plan: Plan) -> str:
    """The plan as JSON text."""
    return json.dumps(plain(plan), sort_keys=True, indent=2, ensure_ascii=True) + "\n"
