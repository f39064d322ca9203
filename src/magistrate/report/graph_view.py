"""Which account went from where to where: the numbers behind the graph of hosts and accounts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.report.timeline_view import stories_passing

if TYPE_CHECKING:
    from magistrate.report.timeline_view import Filter
    from magistrate.report.view import StoryView, View

NODES = 24
"""Most nodes of one column; the busiest are shown, the table has every way."""
UNKNOWN_SOURCE = "source unknown"
UNKNOWN_ACCOUNT = "account not determined"
SAME_HOST = "on the host itself"


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a source through an account to a target, with the sessions that went it.

    `levels` counts findings by tier letter. `background` is True when every session is background.
    """

    source: str
    account: str
    target: str
    sessions: int
    acts: int
    first: str | None
    last: str | None
    background: bool
    tiers: tuple[str, ...]
    story_ids: tuple[str, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A line of the picture, from a node of one column to a node of the next."""

    left: str
    right: str
    acts: int
    background: bool
    decisive: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The ways, and the three columns of the picture with its lines; `left_out` counts nodes that did not fit."""

    ways: tuple[Way, ...]
    sources: tuple[str, ...]
    accounts: tuple[str, ...]
    targets: tuple[str, ...]
    out: tuple[Edge, ...]  # source to account
    into: tuple[Edge, ...]  # account to target
    left_out: int


def graph(view: View, wanted: Filter | None = None) -> Graph:
    """Read the ways from the sessions of a case, busiest first, background last; names break ties."""
    tiers = {item.id: item.tier for item in view.findings}
    found: dict[tuple[str, str, str], list[StoryView]] = {}
    passing = stories_passing(view, wanted) if wanted else {story.id for story in view.stories}
    for story in view.stories:
        if story.id not in passing:
            continue
        source = (
            story.source_host
            or story.source_ip
            or (SAME_HOST if story.class_ != "REMOTE" else UNKNOWN_SOURCE)
        )
        account = story.account.name if story.account else UNKNOWN_ACCOUNT
        for target in story.target_hosts:
            if wanted is None or wanted.keeps_name((source, target), (account,)):
                found.setdefault((source, account, target), []).append(story)
    ways = tuple(sorted((_way(key, stories, tiers) for key, stories in found.items()), key=_order))
    return _with_columns(ways)


def _order(way: Way) -> tuple[bool, int, str, str, str]:
    return (way.background, -way.acts, way.source, way.account, way.target)


def _way(key: tuple[str, str, str], stories: list[StoryView], tiers: dict[str, str]) -> Way:
    acts = [
        act
        for story in stories
        for act in story.processes
        if act.host in (key[2], key[0]) or len(story.target_hosts) == 1
    ]
    return Way(
        *key,
        sessions=len(stories),
        acts=sum(story.acts for story in stories) if all(len(story.target_hosts) == 1 for story in stories) else len(acts),
        first=min((story.first for story in stories if story.first), default=None),
        last=max((story.last for story in stories if story.last), default=None),
        background=all(story.background for story in stories),
        tiers=tuple(tiers[name] for story in stories for name in story.finding_ids if name in tiers),
        story_ids=tuple(story.id for story in stories),
        evidence_ids=tuple(sorted({name for act in acts for name in act.evidence_ids})),
    )  # fmt: skip


def _with_columns(ways: tuple[Way, ...]) -> Graph:
    columns = []
    left_out = 0
    for name in ("source", "account", "target"):
        weights: Counter[str] = Counter()
        for way in ways:
            weights[getattr(way, name)] += way.acts * (1 if way.background else 1_000) + 1
        ranked = sorted(weights, key=lambda item: (-weights[item], item))
        left_out += max(0, len(ranked) - NODES)
        columns.append(tuple(ranked[:NODES]))
    sources, accounts, targets = columns
    return Graph(
        ways=ways, sources=sources, accounts=accounts, targets=targets,
        out=_edges(ways, "source", "account", sources, accounts),
        into=_edges(ways, "account", "target", accounts, targets), left_out=left_out,
    )  # fmt: skip


def _edges(
    ways: tuple[Way, ...], left: str, right: str, lefts: tuple[str, ...], rights: tuple[str, ...]
) -> tuple[Edge, ...]:
    found: dict[tuple[str, str], list[Way]] = {}
    for way in ways:
        key = (getattr(way, left), getattr(way, right))
        if key[0] in lefts and key[1] in rights:
            found.setdefault(key, []).append(way)
    return tuple(
        Edge(
            *key,
            acts=sum(way.acts for way in members),
            background=all(way.background for way in members),
            decisive=any("D" in way.tiers for way in members),
        )
        for key, members in sorted(found.items())
    )  # fmt: skip
