"""Inline SVG made from numbers of the view: no script, no request, shapes beside colours.

Every picture is only drawn here; its table and its words stand beside it in the page. Texts pass through
`defuse.for_html`; everything else that is pasted is a number or a constant of this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from magistrate.report import defuse, wording

if TYPE_CHECKING:
    from magistrate.report.graph_view import Edge, Graph
    from magistrate.report.histogram_view import Bar, Histogram

_WIDTH, _LEFT, _TOP, _HIGH = 1_160, 44, 14, 150
_COLUMNS = (0, 430, 860)
_NODE_WIDTH, _NODE_HEIGHT, _GAP, _HEAD = 290, 34, 12, 26
_NAME = 36  # characters of a name in a box; the table has it whole


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    shown = defuse.for_html(text, 200)
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{shown}</text>'


def _box(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="{kind}"/>'


def _svg(width: int, height: float, label: str, parts: list[str]) -> Markup:
    said = defuse.for_html(label, 600)
    return Markup(
        f'<svg class="picture" role="img" aria-label="{said}" viewBox="0 0 {width} {height:.0f}">{"".join(parts)}</svg>'
    )


def histogram_sentence(counted: Histogram) -> str:
    """What the histogram shows, in words."""
    if not counted.bars:
        return "No act has a usable time."
    acts, background, signs = (
        sum(getattr(bar, name) for bar in counted.bars) for name in ("acts", "background", "signs")
    )
    top = max(counted.bars, key=lambda bar: bar.total)
    text = (
        f"{wording.count(acts, 'act')}, {wording.count(background, 'background act')} and "
        f"{wording.count(signs, 'other sign')} in slices of {counted.step}; most, {top.total}, at {top.start} UTC."
    )
    if counted.undated:
        text += f" {wording.count(counted.undated, 'entry', 'entries')} without a usable time not drawn."
    return text


def histogram_svg(counted: Histogram) -> Markup:
    """Bars over time: full for acts, hatched outline for background, a diamond above for other signs."""
    if not counted.bars:
        return Markup("")
    room = _WIDTH - _LEFT - 8
    slot = room / len(counted.bars)
    scale = _HIGH / counted.highest
    base = _TOP + _HIGH
    parts = [
        _text(_LEFT - 8, _TOP + 8, f"{counted.highest}", "label", "end"),
        _text(_LEFT - 8, base, "0", "label", "end"),
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - 8}" y2="{base}" class="axis"/>',
    ]
    for number, bar in enumerate(counted.bars):
        parts += _bar(bar, _LEFT + number * slot, min(slot, 60) * 0.8, scale, base)
    parts.append(_text(_LEFT, base + 18, counted.bars[0].start, "label"))
    if len(counted.bars) > 1:
        parts.append(_text(_WIDTH - 8, base + 18, counted.bars[-1].start, "label", "end"))
    return _svg(_WIDTH, base + 26, histogram_sentence(counted), parts)


def _bar(bar: Bar, x: float, width: float, scale: float, base: float) -> list[str]:
    parts = []
    top = base
    for number, kind in ((bar.acts, "bar-act"), (bar.background, "bar-background")):
        if number:
            height = max(2.0, number * scale)
            top -= height
            parts.append(_box(x, top, width, height, kind))
    if bar.signs:
        height = max(8.0, bar.signs * scale)
        middle, half = x + width / 2, min(5.0, width / 2)
        points = ((middle, top - height), (middle + half, top - height / 2), (middle, top), (middle - half, top - height / 2))  # fmt: skip
        parts.append(
            f'<polygon class="bar-sign" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>'
        )
    return parts


def graph_sentence(found: Graph) -> str:
    """What the graph shows, in words."""
    if not found.ways:
        return "No session: nothing to draw."
    active = sum(not way.background for way in found.ways)
    decisive = sum("D" in way.tiers for way in found.ways)
    text = (
        f"{wording.count(len(found.sources), 'source')}, {wording.count(len(found.accounts), 'account')} and "
        f"{wording.count(len(found.targets), 'target')}; {wording.count(active, 'way')} of sessions that count, "
        f"{decisive} with a decisive finding, {len(found.ways) - active} of background."
    )
    return text + (f" {found.left_out} less busy names are in the table only." if found.left_out else "")


def graph_svg(found: Graph) -> Markup:
    """Three columns, source, account and target; lines are as wide as the acts are many, dashed for background."""
    columns = (found.sources, found.accounts, found.targets)
    places = [_places(names, x, max(map(len, columns))) for names, x in zip(columns, _COLUMNS, strict=True)]
    height = _HEAD + max(map(len, columns)) * (_NODE_HEIGHT + _GAP) + 4
    parts = [
        _text(x, 14, head, "label") for head, x in zip(("Source", "Account", "Target"), _COLUMNS, strict=True)
    ]
    for edges, left, right in ((found.out, places[0], places[1]), (found.into, places[1], places[2])):
        parts += [_line(edge, left[edge.left], right[edge.right]) for edge in edges]
    for names in places:
        for name, (x, y) in names.items():
            parts.append(_box(x, y, _NODE_WIDTH, _NODE_HEIGHT, "node"))
            parts.append(_text(x + 10, y + 22, _short(name), "name"))
    return _svg(_WIDTH, height, graph_sentence(found), parts)


def _places(names: tuple[str, ...], x: float, most: int) -> dict[str, tuple[float, float]]:
    start = _HEAD + (most - len(names)) * (_NODE_HEIGHT + _GAP) / 2
    return {name: (x, start + number * (_NODE_HEIGHT + _GAP)) for number, name in enumerate(names)}


def _line(edge: Edge, left: tuple[float, float], right: tuple[float, float]) -> str:
    x1, y1 = left[0] + _NODE_WIDTH, left[1] + _NODE_HEIGHT / 2
    x2, y2 = right[0], right[1] + _NODE_HEIGHT / 2
    bend = (x2 - x1) / 2
    width = min(8.0, 1.5 + len(f"{edge.acts:b}") * 0.7)
    kind = "way-background" if edge.background else "way-decisive" if edge.decisive else "way"
    line = f'<path d="M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}" stroke-width="{width:.1f}" class="{kind}"/>'
    tip = f'<polygon points="{x2:.1f},{y2:.1f} {x2 - 9:.1f},{y2 - 5:.1f} {x2 - 9:.1f},{y2 + 5:.1f}" class="tip"/>'
    # A number stands in the middle, where lines that meet in one node are apart.
    number = _text(
        x1 + bend, (y1 + y2) / 2 - 6, f"{edge.acts}{' !' if edge.decisive else ''}", "count", "middle"
    )
    return line + tip + number


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 13]}…{name[-12:]}"
