"""The timeline, the process trees and the graph of a case for the terminal, at 80 columns and up.

Built from `Text` objects only: nothing is read as markup, and every recorded text is made inert. Lines are cut at the
width with an ellipsis; a long command keeps its start and its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from magistrate.report import wording
from magistrate.report.defuse import defang, for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.report.graph_view import Graph, Way
    from magistrate.report.timeline_view import Entry
    from magistrate.report.tree_view import HostTree, Node, StoryTrees

WIDEST = 140
_WIDE = 120  # from this width on an entry of the timeline is one line
_LEVEL_STYLES = {"critical": "bold red", "high": "bold yellow", "medium": "yellow"}
LINES = 3
"""Lines that one command may take."""
_NAME = 12  # columns that a name needs
_DEEPEST = 8  # levels of a tree that are indented; deeper ones stand below each other


def print_lines(lines: Iterable[Text], console: Console | None = None) -> None:
    """Print lines to stdout, as wide as the terminal is; plain when it is none."""
    target = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = width_of(target)
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        target.print(line, no_wrap=True, overflow="ellipsis", crop=True, width=width)


def width_of(console: Console | None = None) -> int:
    """Columns that views use: those of the terminal, 140 at most."""
    return min((console or Console()).width, WIDEST)


def _safe(text: str, limit: int = 300) -> str:
    return defang(for_terminal(text, limit))


def _wrapped(start: Text, text: str, width: int, indent: str, *, prose: bool = False) -> Iterator[Text]:
    """A text behind a start, on three lines at most; a longer one is folded in its middle, with a count."""
    room = max(24, width - len(start.plain))
    limit = room * LINES
    shown = _safe(text, limit) if prose else for_terminal(text, limit)
    pieces = [shown[at : at + room] for at in range(0, len(shown), room)] or [""]
    yield start.append(pieces[0])
    for piece in pieces[1 : LINES + 1]:
        yield Text(indent, style="dim").append(
            " " * (len(start.plain) - len(pieces[0]) - len(indent)) + piece
        )


def _tail(path: str, room: int) -> str:
    """A path of which the end is never cut: the name of the program is what tells."""
    shown = for_terminal(path, 4_000)
    return shown if len(shown) <= room else f"…{shown[-max(12, room - 1) :]}"


def timeline_lines(entries: tuple[Entry, ...], width: int) -> Iterator[Text]:
    """The entries under their days; two lines each, one where the terminal is wide."""
    day = ""
    for item in entries:
        if (own := item.utc[:10] if item.utc else "time unknown") != day:
            day = own
            yield Text(day, style="bold")
        yield from _entry(item, width)


def _entry(item: Entry, width: int) -> Iterator[Text]:
    line = Text(f"{item.utc[11:19] if item.utc else '-':<9}")
    line.append(f"{'background' if item.background else item.level:<14}", style=_LEVEL_STYLES.get(item.level, "dim" if item.background else ""))  # fmt: skip
    line.append(f"{_safe(item.host, 60)}  ")
    line.append(_safe(item.what, 80))
    if item.codes and item.kind == "act":
        line.append(f" ({', '.join(item.codes)})", style="bold")
    record = item.evidence_ids[0] if item.evidence_ids else ""
    start = Text(f"{record:<17}", style="cyan")
    prose = item.kind != "act"
    if width >= _WIDE and width - len(line.plain) - 19 >= len(item.text):
        yield from _wrapped(line.append("  ").append_text(start), item.text, width, "", prose=prose)
        return
    yield line
    yield from _wrapped(Text(" " * 9).append_text(start), item.text, width, "", prose=prose)


def tree_lines(trees: tuple[StoryTrees, ...], width: int) -> Iterator[Text]:
    """The trees of each session: the source first, then its targets."""
    for number, story in enumerate(trees):
        if number:
            yield Text()
        mark = " (background)" if story.background else ""
        yield Text(f"{_safe(story.story_id)}{mark}  ", style="bold").append(
            _safe(story.sentence, width - len(story.story_id) - len(mark) - 2), style="not bold"
        )
        for tree in (*story.sources, *story.targets):
            yield from _host(tree, width)


def _host(tree: HostTree, width: int) -> Iterator[Text]:
    yield Text(f"{tree.role.capitalize()} ").append(_safe(tree.host, 80), style="bold")
    if not tree.roots:
        yield Text(f"   {_safe(tree.silent)}")
    for number, root in enumerate(tree.roots):
        yield from _node(root, "", number == len(tree.roots) - 1, 0, width)


def _node(node: Node, before: str, is_last: bool, depth: int, width: int) -> Iterator[Text]:
    after = f" pid {node.process_id}" if node.process_id is not None else ""
    after += f" {node.utc[11:19]}" if node.utc else ""
    codes = f" [{' '.join(node.codes)}]" if node.codes else ""
    line = Text(f"{before}{'└─ ' if is_last else '├─ '}", style="dim")
    line.append(_tail(node.image, width - len(line.plain) - len(after) - len(codes)), style="bold not dim")
    line.append(after, style="not dim").append(codes, style="bold red not dim")
    if node.account and width - len(line.plain) > _NAME:  # a name of which nothing fits says nothing
        line.append(f" {_safe(node.account, 60)}")
    yield line
    below = before + ("   " if is_last else "│  ") if depth < _DEEPEST else before
    inner = below + ("│  " if node.children else "   ")
    record = node.evidence_ids[0] if node.evidence_ids else ""
    start = Text(inner, style="dim").append(f"{record:<17}" if record else "", style="cyan not dim")
    if node.command or record:
        yield from _wrapped(start, node.command or node.note, width, inner, prose=not node.command)
    elif node.note:
        yield start.append(_safe(node.note))
    if node.decoded:
        yield from _wrapped(Text(inner, style="dim").append("decoded "), node.decoded, width, inner)
    for number, child in enumerate(node.children):
        yield from _node(child, below, number == len(node.children) - 1, depth + 1, width)


def graph_lines(found: Graph) -> Iterator[Text]:
    """Every way under its source and its account, the busiest first."""
    by_source: dict[str, dict[str, list[Way]]] = {}
    for way in found.ways:
        by_source.setdefault(way.source, {}).setdefault(way.account, []).append(way)
    for source, accounts in by_source.items():
        yield Text(_safe(source, 100), style="bold")
        for number, (account, ways) in enumerate(accounts.items()):
            is_last = number == len(accounts) - 1
            yield Text("└─ " if is_last else "├─ ", style="dim").append(_safe(account, 100))
            for place, way in enumerate(ways):
                yield from _way(way, "   " if is_last else "│  ", place == len(ways) - 1)


def _way(way: Way, before: str, is_last: bool) -> Iterator[Text]:
    yield Text(f"{before}{'└─ ' if is_last else '├─ '}", style="dim").append(
        _safe(way.target, 100), style="bold"
    )
    counts = f"{wording.count(way.acts, 'act')} in {wording.count(way.sessions, 'session')}"
    line = Text(f"{before}{'   ' if is_last else '│  '}   {counts}", style="dim")
    if way.background:
        line.append(", background")
    elif way.tiers:
        decisive = sum(tier == "D" for tier in way.tiers)
        found = f", {wording.count(len(way.tiers), 'finding')}{f', {decisive} decisive' if decisive else ''}"
        line.append(found, style="bold not dim")
    yield line
    yield Text(f"{before}{'   ' if is_last else '│  '}   {wording.span(way.first, way.last)}", style="dim")
