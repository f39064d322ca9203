"""Template environments in which every printed value passes through its channel's defuse function.

The templates hold our own markup; each `{{ ... }}` goes through `finalize`, so that no value reaches a page
unencoded even when a template forgets a filter. Templates come from the package only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from magistrate.report import defuse, wording
from magistrate.report.instruction import is_command

if TYPE_CHECKING:
    from collections.abc import Callable

LINE = 240  # characters of a text in a list where each entry is one line
BRIEF = 480  # characters of a quoted field in a table; the list of records shows it whole
PROOF_SIGNS = {"on": "✓", "partial": "◐", "off": "✕", "unknown": "?"}
_NOT_ANCHOR = re.compile(r"[^0-9A-Za-z-]")


def _listing(values: tuple[str, ...]) -> str:
    return wording.listing(tuple(values))


def _words(text: str) -> str:
    return text.replace("_", " ")


def _anchor(text: str) -> str:
    """A name for ids and classes: letters, digits and hyphens only."""
    return _NOT_ANCHOR.sub("", text)


def _filters() -> dict[str, Callable[..., Any]]:
    return {
        "time": wording.short_time,
        "listing": _listing,
        "words": _words,
        "anchor": _anchor,
        "number": lambda number: f"{number:,}",
        "lines": lambda text: text.rstrip("\n").split("\n"),
        "recorded": wording.recorded_list,
        "short_ids": wording.codes_only,
        "count": wording.count,
        "window": wording.window_text,
        "sentence": wording.sentence,
        "tier": lambda tier: wording.TIER_WORDS.get(tier, tier),
        "proof": lambda proof: PROOF_SIGNS.get(proof, "?"),
    }


def _environment(finalize: Callable[[str], str]) -> Environment:
    """An environment whose `finalize` encodes; escaping is on so that a macro's result counts as encoded."""

    def encode(value: Any) -> Any:
        if isinstance(value, Markup):
            return value
        return Markup(finalize("" if value is None else str(value)))

    environment = Environment(
        loader=PackageLoader("magistrate.report"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        keep_trailing_newline=True,
        finalize=encode,
    )
    environment.filters.update(_filters())
    environment.tests["command"] = is_command
    return environment


def html_environment() -> Environment:
    """Environment for HTML pages: prose by default.

    Filters for the other places: `|code` for quoted fields, `|brief` for those in a table, `|line` for one in a list,
    and `|short` for prose there.
    """
    environment = _environment(defuse.for_html)
    environment.filters["code"] = lambda value: Markup(defuse.for_html(str(value), prose=False))
    environment.filters["brief"] = lambda value: Markup(defuse.for_html(str(value), BRIEF, prose=False))
    environment.filters["line"] = lambda value: Markup(defuse.for_html(str(value), LINE, prose=False))
    environment.filters["short"] = lambda value: Markup(defuse.for_html(str(value), LINE))
    return environment


def markdown_environment() -> Environment:
    """Environment for Markdown: prose by default.

    Filters for the other places: `|code` inside a code span, `|cell` inside a code span of a table, `|block` for
    commands inside a fenced block.
    """
    environment = _environment(defuse.for_markdown)
    environment.filters["code"] = lambda value: Markup(defuse.for_markdown_code(str(value)))
    environment.filters["cell"] = lambda value: Markup(defuse.for_markdown_code(str(value), in_table=True))
    environment.filters["block"] = lambda value: Markup(
        defuse.for_fence(str(value), defuse.MARKDOWN_LIMIT, prose=False)
    )
    return environment
