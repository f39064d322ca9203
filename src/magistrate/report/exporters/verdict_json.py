"""`verdict.json`: the whole view for machines, in the published schema `magistrate.verdict/1`.

Keys are sorted and text is ASCII with escapes, so that the same case gives the same bytes and no control character
reaches a terminal. Values are exact, except that passwords and tokens are masked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.report.plain import plain

if TYPE_CHECKING:
    from magistrate.report.view import View

FILE = "verdict.json"


def render(view: View) -> str:
    """The view as JSON text."""
    return json.dumps(plain(view), sort_keys=True, indent=2, ensure_ascii=True) + "\n"
