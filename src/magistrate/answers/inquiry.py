"""Everything an approach may ask of the case, in one place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magistrate.activity.hosts import HostMap  # noqa: TC001 - part of the runtime type of a field
from magistrate.activity.images import account_name, short_host
from magistrate.activity.model import Join, Kind, OriginClass, Story
from magistrate.activity.operation_classes import CLASSES, class_of
from magistrate.activity.rows import evidence_of, moment, text
from magistrate.answers.queries import rows_of
from magistrate.context.lookup import is_management
from magistrate.context.model import Context, KnownGood  # noqa: TC001 - part of the runtime type of a field
from magistrate.context.register import is_in_term
from magistrate.context.shapes import command_shape
from magistrate.coverage.model import Coverage, Proof
from magistrate.detections.concurrence import explained_elsewhere, registered_records
from magistrate.detections.finding import Finding, Tier
from magistrate.detections.register import covering_entries
from magistrate.playbooks.model import Playbook  # noqa: TC001 - part of the runtime type of a field
from magistrate.store.base import Row, Store, Value  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from magistrate.detections.signals import Signal
    from magistrate.events.evidence import Evidence

CLASS_WORDS = {
    "subscription": "subscription",
    "process_create": "process creation",
    "method": "method call",
    "query": "query",
    "other": "WMI use of an unrecorded kind",
}
NULL_SID = "S-1-0-0"
_SERVICES = (OriginClass.SYSTEM, OriginClass.NETWORK_SERVICE, OriginClass.LOCAL_SERVICE)


@dataclass(frozen=True, slots=True)
class Ends:
    """Coverage of both ends of a story: whether it is A or B, what lacks, and the records that prove it."""

    covered: bool
    lacking: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One case as the approaches see it. `stories` holds no background; `findings` none that rests on it.

    `around` holds every story of the case when only some of them are under question.
    """

    store: Store
    playbook: Playbook
    stories: tuple[Story, ...]
    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]
    coverage: Coverage
    context: Context
    hosts: HostMap
    around: tuple[Story, ...] = ()
    _ends: dict[tuple[str, ...], Ends] = field(default_factory=dict, repr=False, compare=False)
    _rows: dict[tuple[object, ...], list[Row]] = field(default_factory=dict, repr=False, compare=False)
    _registered: list[frozenset[str]] = field(default_factory=list, repr=False, compare=False)
    _elsewhere: list[Mapping[str, frozenset[str]]] = field(default_factory=list, repr=False, compare=False)

    @property
    def all_stories(self) -> tuple[Story, ...]:
        """Every story of the case, under question or not."""
        return self.around or self.stories

    def parameter(self, question: str, name: str) -> float:
        """A number from the parameters of a question."""
        value = self.playbook.question(question).parameters[name].value
        if isinstance(value, str | tuple):
            raise TypeError(f"parameter {name} of {question} is not a number")
        return float(value)

    def rows(self, name: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Rows of a query of this stage; asked once for the same values, since stories share accounts and sources."""
        key = (name, *sorted((parameters or {}).items()))
        if key not in self._rows:
            self._rows[key] = rows_of(self.store, name, parameters)
        return self._rows[key]

    def earlier_meetings(self, story: Story, cut: datetime) -> dict[str, tuple[str, ...]]:
        """First record of each day before a time on which the story's source logged on to a target, by target."""
        targets = {self.hosts.key_of(host) or host for host in story.target_hosts}
        met = self.hosts_met(story, cut)
        return {host: tuple(samples) for host, samples in met.items() if host in targets}

    def hosts_met(self, story: Story, cut: datetime) -> dict[str, list[str]]:
        """As `earlier_meetings`, for every host that the story's source logged on to."""
        own = self.source_addresses(story)
        if not own:
            return {}
        if ("pair_days",) not in self._rows:
            sources = sorted({ip for other in self.all_stories for ip in self.source_addresses(other)})
            self.store.register("answer_source", (("source", "text"),), [{"source": ip} for ip in sources])
        found: dict[str, list[str]] = {}
        for row in self.rows("pair_days"):
            first = moment(row, "first_seen")
            if text(row, "source") in own and first and first < cut:
                found.setdefault(text(row, "host") or "", []).append(text(row, "sample") or "")
        return found

    def source_addresses(self, story: Story) -> frozenset[str]:
        """Address the target saw; else, where only the asking end recorded, the addresses of the host that asked."""
        if story.source_ip is not None:
            return frozenset({story.source_ip.lower()})
        if story.origin is not OriginClass.REMOTE or story.source_host_claimed:
            return frozenset()
        return self.hosts.addresses.get(self.hosts.key_of(story.source_host) or "", frozenset())

    def findings_of(self, story: Story, codes: Iterable[str] = ()) -> tuple[Finding, ...]:
        """Findings of a story that no register entry excuses; of the given codes when there are any.

        A finding without a story counts for each story that touched its host.
        """
        wanted = frozenset(codes)
        return tuple(
            item
            for item in self.findings
            if (item.story_id == story.id or (item.story_id is None and item.host in story.hosts))
            and (not wanted or item.code in wanted)
            and not self.is_excused(item)
        )

    def is_excused(self, finding: Finding) -> bool:
        """True when a register entry excuses the finding and the playbook lets it."""
        if finding.excused_by is None or not finding.waivable:
            return False
        never = self.playbook.non_waivable
        return finding.code not in never and (finding.scoped or f"{finding.code}-unscoped" not in never)

    def decisive(self, story: Story) -> tuple[Finding, ...]:
        """Decisive findings of a story that nothing excuses."""
        return tuple(item for item in self.findings_of(story) if item.tier is Tier.DECISIVE)

    def source_key(self, story: Story) -> str | None:
        """Host key of the source when the case holds records of it."""
        if story.origin is not OriginClass.REMOTE:
            return story.activities[0].host if story.activities else None
        if story.source_host_claimed:
            return None  # the caller may call itself what it likes: that host's logs say nothing of it
        for name in (story.source_host, story.source_ip):
            key = self.hosts.key_of(name)
            if key is not None and key in self.hosts.hosts:
                return key
        return None

    def ends(self, story: Story) -> Ends:
        """Coverage of the source and of every host that was acted on."""
        source = self.source_key(story)
        names = {self.hosts.key_of(host) or host for host in story.target_hosts}
        names |= {activity.host for activity in story.activities} | ({source} if source else set())
        unseen = () if source else (f"source host {source_text(story)} not examined",)
        key = (*unseen, *sorted(names))
        if key not in self._ends:  # many stories share their hosts, and the proof costs two queries
            self._ends[key] = self._assess_ends(story, unseen, tuple(sorted(names)))
        return self._ends[key]

    def _assess_ends(self, story: Story, unseen: tuple[str, ...], names: tuple[str, ...]) -> Ends:
        lacking = list(unseen)
        for host in names:
            found = self.coverage.host(host)
            if found is None or not any(channel.count for channel in found.channels):
                lacking.append(f"{host} not in the data")
            elif found.grade not in ("A", "B"):
                lacking.append(f"{host} has coverage {found.grade}")
        evidence = () if lacking else self.recording_proof(story, names)
        return Ends(not lacking and bool(evidence), tuple(lacking), evidence)

    def recording_proof(self, story: Story, hosts: Iterable[str]) -> tuple[Evidence, ...]:
        """Records that show that process starts and logons were being recorded on the hosts."""
        wanted: list[str] = []
        for host in hosts:
            found = self.coverage.host(host)
            if found is not None:
                capabilities = [c for c in found.capabilities if c.proof is Proof.ON]
                wanted += [name for c in capabilities for name in c.evidence_ids[:1]]
        proof = fetch_evidence(self.store, wanted)
        missing = sorted(set(hosts) - {item.host for item in proof})
        if missing and story.last is not None:
            rows = rows_of(self.store, "recording_samples", {"until": story.last})
            more = [text(row, "evidence_id") or "" for row in rows if text(row, "host") in missing]
            proof += fetch_evidence(self.store, more)
        return proof

    def is_managed_source(self, story: Story) -> bool:
        """True when the source is tagged MS, or the register covers everything the story did from this source."""
        host = None if story.source_host_claimed else story.source_host
        names = [name for name in (host, story.source_ip, self.source_key(story)) if name]
        return any(is_management(self.context, name) for name in names) or bool(self.covering(story))

    def covering(self, story: Story) -> tuple[KnownGood, ...]:
        """Register entries that together cover every act of a story: account, source, target, shape and hours."""
        return covering_entries(self.context, story)

    def registered_records(self) -> frozenset[str]:
        """Records of the stories that the register covers; worked out once, since every story asks."""
        if not self._registered:
            self._registered.append(registered_records(self.context, self.all_stories))
        return self._registered[0]

    def explained_elsewhere(self, story: Story) -> frozenset[str]:
        """Signals on the hosts of a registered story that belong to another one; none for a story of no entry."""
        if not self._elsewhere:
            self._elsewhere.append(explained_elsewhere(self.context, self.all_stories, self.signals))
        return self._elsewhere[0].get(story.id, frozenset())

    def entries_for(self, story: Story) -> tuple[KnownGood, ...]:
        """Unexpired register entries of the story's account, whatever they are for."""
        sid = known_sid(story)
        return tuple(
            entry
            for entry in self.context.register
            if sid and entry.account_sid.upper() == sid.upper() and is_in_term(entry, story.last)
        )

    def is_authorised(self, story: Story) -> bool | None:
        """Whether the site says that this account may act like this; None when the site says nothing at all."""
        if story.account is None or not (self.context.register or self.context.accounts):
            return None
        return bool(self.covering(story)) or any(item.code == "M3" for item in self.findings_of(story))


def fetch_evidence(store: Store, ids: Iterable[str]) -> tuple[Evidence, ...]:
    """Pointers to the records with these ids, by time; ids that the case does not hold are left out."""
    wanted = sorted({item for item in ids if item})
    if not wanted:
        return ()
    store.register("answer_wanted", (("evidence_id", "text"),), [{"evidence_id": item} for item in wanted])
    return tuple(evidence_of(row) for row in rows_of(store, "evidence_by_id"))


def known_sid(story: Story) -> str | None:
    """SID of the acting account; a 4688 may hold the null SID, so other records of the same name are asked."""
    if story.account is None:
        return None
    everyone = (
        story.account,
        *story.accounts,
        *(a.identity.account for a in story.activities if a.identity.account),
    )
    name = story.account.name.lower()
    known = sorted({a.sid for a in everyone if a.sid and a.sid != NULL_SID and a.name.lower() == name})
    return known[0] if len(known) == 1 else None


def operation_class(story: Story) -> str:
    """The most telling class of operation of a story."""
    done = {class_of(activity) for activity in story.activities}
    return next(name for name in CLASSES if name in done) if done else "other"


def creates(story: Story) -> bool:
    """True when a story created a process, service or subscription."""
    return any(activity.operation in ("process_create", "subscription") for activity in story.activities)


def is_remote(story: Story) -> bool | None:
    """Whether a story crosses hosts; None when that is not known.

    An ambiguous join still tells the origin when every candidate session came from another address.
    """
    if story.origin is OriginClass.REMOTE:
        return True
    candidates = story.identity.candidates
    if story.identity.join is Join.AMBIGUOUS and candidates and all(c.source_ip for c in candidates):
        return True
    return None if story.origin is OriginClass.UNKNOWN else False


def is_service(story: Story) -> bool:
    """True when only service tokens acted."""
    return story.origin in _SERVICES


def source_text(story: Story) -> str:
    """The source in words."""
    known = [part for part in (story.source_host, story.source_ip) if part]
    if len(known) == 2 and known[0] != known[1]:
        return f"{known[0]} ({known[1]})"
    if known:
        return known[0]
    return "the host itself" if is_remote(story) is False else "an unknown source"


def account_text(story: Story) -> str:
    """The acting account in words."""
    return story.account.name if story.account and story.account.name else "an unknown account"


def shape_text(story: Story, limit: int = 160) -> str:
    """Shape of the first recorded command of a story; its operation when none was recorded."""
    command = next((activity.command for activity in story.activities if activity.command), None)
    if command is None:
        return CLASS_WORDS[operation_class(story)]
    shape = command_shape(command, story.hosts)
    return shape if len(shape) <= limit else shape[:limit] + "..."


def command_recorded(story: Story) -> bool:
    """True when every process and script of the story shows what was run or asked, and at least one act does."""
    silent = any(a.kind in (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT) and not a.command for a in story.activities)
    return not silent and any(activity.command for activity in story.activities)


def story_evidence(story: Story, limit: int = 6) -> tuple[Evidence, ...]:
    """Records of the acts and of the identity join, the most telling acts first."""
    ordered = sorted(story.activities, key=lambda a: CLASSES.index(class_of(a)))
    records = [item for activity in ordered for item in activity.evidence[:1]][:limit]
    return tuple(dict.fromkeys([*records, *story.identity.evidence]))


def finding_evidence(findings: Iterable[Finding]) -> tuple[Evidence, ...]:
    """Records that findings rest on, two of each."""
    return tuple(dict.fromkeys(item for finding in findings for item in finding.evidence[:2]))


def cite(findings: Iterable[Finding]) -> str:
    """Findings in words, each code once: `D1, S3 (2 times)`; `none` when there are none. The answer lists the ids."""
    counts = Counter(item.code for item in findings)
    return ", ".join(f"{code} ({n} times)" if n > 1 else code for code, n in counts.items()) or "none"


def quantity(number: int, one: str) -> str:
    """`1 target`, `2 targets`, `no target`."""
    return f"{number or 'no'} {one}{'s' if number > 1 else ''}"


def latest_of_each_habit(stories: Iterable[Story]) -> tuple[Story, ...]:
    """The last story of each habit (account, source, class of operation and shapes): the ones under question.

    Earlier runs of the same habit are its history, not separate questions; every finding and every escalation
    decision still looks at them.
    """
    last: dict[tuple[str, str, str, tuple[str, ...]], Story] = {}
    for story in stories:
        who = (known_sid(story) or account_name(story.account.name)) if story.account else story.id
        hosts = story.hosts  # worked out from all acts of the story, so once a story and not once an act
        commands = {activity.command for activity in story.activities if activity.command is not None}
        shapes = tuple(sorted({command_shape(command, hosts) for command in commands}))
        key = (who, short_host(story.source_ip or story.source_host or ""), operation_class(story), shapes)
        last[key] = story  # stories come in order of time
    return tuple(last.values())
