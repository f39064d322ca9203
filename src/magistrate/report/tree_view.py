"""The processes of a session as trees, those of the source beside those of the target.

A node is a process; `note` says what a node is that no record of its own start backs. Children are in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.images import image_name
from magistrate.report.timeline_view import Filter, stories_passing

if TYPE_CHECKING:
    from magistrate.report.lineage_view import LineageView
    from magistrate.report.view import ProcessView, SourceTraceView, StoryView, View

RELATED_ONLY = "named as parent, its own start is not in the records"
NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class Node:
    """One process with its children. `codes` are findings that rest on its records."""

    image: str
    process_id: int | None
    utc: str | None
    command: str
    decoded: str
    account: str
    note: str
    codes: tuple[str, ...]
    evidence_ids: tuple[str, ...]
    children: tuple[Node, ...] = ()

    @property
    def size(self) -> int:
        """Nodes of the tree, itself included."""
        return 1 + sum(child.size for child in self.children)


@dataclass(frozen=True, slots=True)
class HostTree:
    """The trees of one host in one session; `role` is source or target."""

    host: str
    role: str
    roots: tuple[Node, ...]
    silent: str = ""

    @property
    def size(self) -> int:
        """Processes shown."""
        return sum(root.size for root in self.roots)


@dataclass(frozen=True, slots=True)
class StoryTrees:
    """The trees of one session: of the source first, then of every target."""

    story_id: str
    sentence: str
    background: bool
    sources: tuple[HostTree, ...]
    targets: tuple[HostTree, ...]


def process_trees(view: View, wanted: Filter | None = None) -> tuple[StoryTrees, ...]:
    """The trees of every session that has processes, in the order of the sessions."""
    chosen = wanted or Filter()
    codes: dict[str, set[str]] = {}
    for item in view.findings:
        for record in item.evidence:
            codes.setdefault(record.id, set()).add(item.code)
    passing = stories_passing(view, chosen) if wanted else {story.id for story in view.stories}
    found = (
        _story_trees(story, codes, view)
        for story in view.stories
        if story.id in passing and _kept(story, chosen)
    )
    return tuple(item for item in found if any(tree.roots for tree in (*item.sources, *item.targets)))


def _kept(story: StoryView, wanted: Filter) -> bool:
    account = story.account.name if story.account else ""
    return wanted.keeps_name((*story.target_hosts, story.source_host or story.source_ip or ""), (account,))


def _story_trees(story: StoryView, codes: dict[str, set[str]], view: View) -> StoryTrees:
    growing = _Growing(codes)
    for member in view.lineage:
        if member.story_id == story.id:
            growing.add_member(member)
    for act in story.processes:
        growing.add_act(act)
    for trace in story.source_traces:
        growing.add_trace(trace)
    roots = growing.roots()
    source = story.source_host if story.source_host not in story.target_hosts else None
    sources = [HostTree(host, "source", nodes) for host, nodes in roots.items() if host == source]
    targets = [HostTree(host, "target", nodes) for host, nodes in roots.items() if host != source]
    if not sources and story.class_ == "REMOTE":
        sources = [HostTree(source or story.source_ip or "unknown", "source", (), _silence(view, source))]
    return StoryTrees(story.id, story.sentence, story.background, tuple(sources), tuple(targets))


def _silence(view: View, host: str | None) -> str:
    """Why the source side shows nothing: without a log of it, silence says nothing."""
    covered = any(item.host == host and item.channels for item in view.coverage.hosts)
    if covered:
        return "Its logs are in the case, but no process of theirs could be joined to this session."
    return "No log of this host is in the case, so its side cannot be shown."


@dataclass(slots=True)
class _Sprout:
    """A process while its tree is being put together."""

    host: str
    image: str
    process_id: int | None
    utc: str | None = None
    command: str = ""
    decoded: str = ""
    account: str = ""
    note: str = RELATED_ONLY
    evidence_ids: tuple[str, ...] = ()
    parent: str | None = None


class _Growing:
    """Puts acts, traces and linked processes of one session together: one process, one node."""

    def __init__(self, codes: dict[str, set[str]]) -> None:
        self._codes = codes
        self._found: dict[str, _Sprout] = {}
        self._by_record: dict[str, str] = {}
        self._by_name: dict[tuple[str, int, str], str] = {}

    def add_member(self, member: LineageView) -> None:
        """A process whose start is recorded and that is linked to the session."""
        sprout = _Sprout(
            member.host, member.image or NOT_RECORDED, member.process_id, member.utc, member.command or "",
            member.decoded or "", member.account or "", "", member.evidence_ids, member.parent_key,
        )  # fmt: skip
        self._keep(member.key, sprout)
        if member.parent_key is None and member.parent_image:
            sprout.parent = self._named_parent(member.host, member.parent_image)

    def add_act(self, act: ProcessView) -> None:
        """An act; it joins the process of its records, else the one with its id and name, else it is a new node."""
        if act.image is None:
            return
        key = self._key_of(act.host, act.process_id, act.image, act.evidence_ids)
        known = self._found.get(key)
        if known is None:
            known = _Sprout(act.host, act.image, act.process_id, act.utc)
            self._keep(key, known)
        known.evidence_ids = tuple(dict.fromkeys((*known.evidence_ids, *act.evidence_ids)))
        self._by_record.update(dict.fromkeys(act.evidence_ids, key))
        known.command = known.command or act.command or ""
        known.decoded = known.decoded or act.decoded or ""
        known.note = f"background: {act.background}" if act.background else ""
        if known.parent is None and act.parent:
            known.parent = self._named_parent(act.host, act.parent)

    def add_trace(self, trace: SourceTraceView) -> None:
        """What the source host saw of the session."""
        if trace.image is None:
            return
        key = self._key_of(trace.host, trace.process_id, trace.image, trace.evidence_ids)
        if key not in self._found:
            self._keep(key, _Sprout(trace.host, trace.image, trace.process_id))
        known = self._found[key]
        known.account = known.account or trace.account or ""
        known.note = trace.how
        known.evidence_ids = tuple(dict.fromkeys((*known.evidence_ids, *trace.evidence_ids)))

    def _keep(self, key: str, sprout: _Sprout) -> None:
        self._found[key] = sprout
        self._by_record.update(dict.fromkeys(sprout.evidence_ids, key))
        if sprout.process_id is not None:
            self._by_name[sprout.host, sprout.process_id, image_name(sprout.image)] = key

    def _key_of(self, host: str, process_id: int | None, image: str, records: tuple[str, ...]) -> str:
        for record in records:
            if record in self._by_record:
                return self._by_record[record]
        if process_id is None:
            return f"record/{records[0] if records else image}"
        name = (host, process_id, image_name(image))
        return self._by_name.get(name, "/".join(map(str, name)))

    def _named_parent(self, host: str, image: str) -> str:
        key = f"{host}//{image.casefold()}"
        self._found.setdefault(key, _Sprout(host, image, None))
        return key

    def roots(self) -> dict[str, tuple[Node, ...]]:
        """The trees by host, hosts sorted; a circle of parents, which no real log has, is cut."""
        children: dict[str, list[str]] = {}
        tops = []
        for key, sprout in self._found.items():
            if sprout.parent in self._found and not self._circles(key):
                children.setdefault(str(sprout.parent), []).append(key)
            else:
                tops.append(key)
        hosts = sorted({self._found[key].host for key in tops})
        return {
            host: tuple(self._node(key, children) for key in self._in_order(tops, children) if self._found[key].host == host)
            for host in hosts
        }  # fmt: skip

    def _circles(self, key: str) -> bool:
        seen, parent = {key}, self._found[key].parent
        while parent in self._found:
            if parent in seen:
                return True
            seen.add(parent)
            parent = self._found[parent].parent
        return False

    def _node(self, key: str, children: dict[str, list[str]]) -> Node:
        sprout = self._found[key]
        codes = {code for name in sprout.evidence_ids for code in self._codes.get(name, ())}
        return Node(
            sprout.image, sprout.process_id, sprout.utc, sprout.command, sprout.decoded, sprout.account, sprout.note,
            tuple(sorted(codes)), sprout.evidence_ids,
            tuple(self._node(item, children) for item in self._in_order(children.get(key, []), children)),
        )  # fmt: skip

    def _in_order(self, keys: list[str], children: dict[str, list[str]]) -> list[str]:
        return sorted(keys, key=lambda key: (self._start(key, children), self._found[key].image, key))

    def _start(self, key: str, children: dict[str, list[str]]) -> str:
        """The time of a node, else of its first child that has one."""
        own = self._found[key].utc
        return own or min((self._start(child, children) for child in children.get(key, [])), default="9")
