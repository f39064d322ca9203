"""`report.html`: the case on one page that opens offline, without script and without a single request."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from magistrate.report import wording
from magistrate.report.coverage_text import bars
from magistrate.report.graph_view import graph
from magistrate.report.heat_view import heat_rows, heat_sentence
from magistrate.report.histogram_view import histogram
from magistrate.report.html_view import (
    appendix,
    cited_records,
    finding_groups,
    shown_entries,
    split_stories,
)
from magistrate.report.matrix_view import matrix
from magistrate.report.pictures import graph_sentence, graph_svg, histogram_sentence, histogram_svg
from magistrate.report.templating import html_environment
from magistrate.report.timeline_view import timeline
from magistrate.report.tree_view import process_trees

if TYPE_CHECKING:
    from magistrate.report.coverage_view import HostView
    from magistrate.report.view import AnswerView, StoryView, View

FILE = "report.html"
TREES = 20
"""Sessions whose process trees are on the page; `magistrate tree` has all."""
_STRIP = 6  # hosts of the coverage strip above the fold
# A word, a sign and a border style stand beside each colour, so that the page is readable without colour.
_TONES = {"ESCALATE-INCIDENT": ("stop", "▲"), "ESCALATE-REVIEW": ("warn", "△"), "HOLD-DATA": ("wait", "◆")}
_CLOSED = ("good", "●")
_STATE_TONES = {"YES": "stop", "NO": "plain", "UNKNOWN": "wait", "CONFLICT": "warn", "N/A": "plain"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the six tiles."""

    label: str
    state: str
    note: str
    tone: str


def render(view: View) -> str:
    """The view as one HTML document."""
    style = (
        resources.files("magistrate.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    )
    environment = html_environment()
    environment.filters["bars"] = lambda row: bars(
        (cell.count for cell in row.cells), (at for at, cell in enumerate(row.cells) if cell.cut)
    )
    environment.filters["tone"] = lambda state: _STATE_TONES.get(state, "plain")
    tone, symbol = _tone(view)
    shown = appendix(view, cited_records(view))
    entries, hidden = shown_entries(view)
    counted = histogram(timeline(view))
    ways = graph(view)
    listed, lines = split_stories(view)
    codes = {item.id: item.code for item in view.findings}
    strip = _strip(view)
    trees = process_trees(view)
    return environment.get_template("report.html.j2").render(
        view=view,
        style=Markup(style),
        style_hash=_style_hash(style),
        tone=tone,
        symbol=symbol,
        lead=_lead(view),
        tiles=_tiles(view),
        strip=strip,
        more_hosts=len(view.coverage.hosts) - len(strip),
        deciding=list(
            dict.fromkeys(wording.finding_name(codes.get(name, ""), name) for name in view.deciding)
        ),
        linked=tuple(name for name in view.techniques if name != view.technique),
        groups=finding_groups(view),
        entries=entries,
        hidden=hidden,
        listed=listed,
        lines=lines,
        trees=trees[:TREES],
        more_trees=max(0, len(trees) - TREES),
        histogram=counted,
        histogram_text=histogram_sentence(counted),
        histogram_picture=histogram_svg(counted),
        graph=ways,
        graph_text=graph_sentence(ways),
        graph_picture=graph_svg(ways),
        matrix=matrix(view),
        heat=view.heat,
        heat_text=heat_sentence(view.heat) if view.heat else "",
        heat_rows=heat_rows(view.heat) if view.heat else (),
        appendix=shown,
        known=frozenset(item.id for item in shown),
    )


def _style_hash(style: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return Markup(digest)


def _tone(view: View) -> tuple[str, str]:
    if view.disposition.startswith("CLOSE"):
        return _CLOSED
    return _TONES.get(view.disposition, ("plain", "○"))


def _lead(view: View) -> StoryView | None:
    return next((story for story in view.stories if not story.background), None)


def _tiles(view: View) -> list[Tile]:
    tiles = [_question_tile(item) for item in view.answers if item.id.startswith("Q")]
    decisions = [item for item in view.answers if item.id.startswith("E")]
    if decisions:
        tiles.append(_escalation_tile(decisions))
    if not tiles:
        return []
    counts = {tier: sum(item.tier == tier for item in view.findings) for tier in wording.TIER_WORDS}
    note = ", ".join(f"{number} {wording.TIER_WORDS[tier]}" for tier, number in counts.items() if number)
    tone = "stop" if counts["D"] else "warn" if counts["S"] else "plain"
    tiles.append(Tile("Findings", str(len(view.findings)), note or "none", tone))
    return tiles


def _escalation_tile(decisions: list[AnswerView]) -> Tile:
    yes = [item.id for item in decisions if item.state == "YES"]
    open_ = [f"{item.id} {item.state}" for item in decisions if item.state in ("UNKNOWN", "CONFLICT")]
    note = "; ".join(part for part in (", ".join(yes), ", ".join(open_)) if part)
    if all(item.state == "N/A" for item in decisions):
        return Tile("Escalate? E1-E4", "N/A", "nothing to judge", "plain")
    tone = "stop" if yes else "wait" if open_ else "plain"
    return Tile("Escalate? E1-E4", f"{len(yes)} of {len(decisions)} YES", note or "none unknown", tone)


def _question_tile(answer: AnswerView) -> Tile:
    labels = {
        "Q1": "Q1 Legitimate need?",
        "Q2": "Q2 History?",
        "Q3": "Q3 Other signals?",
        "Q4": "Q4 Network pattern?",
    }
    # A need or a history speaks for the alert; other signals or an odd pattern speak against it.
    good_when_yes = answer.id in ("Q1", "Q2")
    tone = _STATE_TONES.get(answer.state, "plain")
    if answer.state in ("YES", "NO"):
        tone = "good" if (answer.state == "YES") is good_when_yes else "stop" if answer.id != "Q2" else "warn"
    state = answer.state
    if answer.pattern:
        state = f"{answer.pattern} of pattern" if answer.pattern == "OUT" else f"{answer.pattern}"
        tone = {"OUT": "stop", "IN": "good"}.get(answer.pattern, "wait")
    evidence = wording.count(len(answer.evidence), "record")
    return Tile(labels.get(answer.id, answer.id), state, f"{answer.confidence} confidence, {evidence}", tone)


def _strip(view: View) -> list[HostView]:
    """The hosts that the active stories touch first, then the others, as far as they fit."""
    touched = {
        host
        for story in view.stories
        if not story.background
        for host in (*story.target_hosts, story.source_host or "")
    }
    ranked = sorted(view.coverage.hosts, key=lambda host: (host.host not in touched, host.host))
    return ranked[:_STRIP]
