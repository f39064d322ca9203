"""The one view model: what every export, the terminal and the console show. None of them computes anything.

Every field is text, a number, a truth value or a tuple of these, and `magistrate.report.plain` turns a view into JSON without loss:
`verdict.json` is the view. Times are UTC in ISO 8601 with microseconds and `Z`. Field names are part of the
published schema `magistrate.verdict/1`; a trailing underscore avoids a Python keyword and is dropped in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from magistrate.report.coverage_view import CoverageView, IntakeView  # noqa: TC001 - part of the runtime type of a field
from magistrate.report.heat_view import HeatView  # noqa: TC001 - part of the runtime type of a field
from magistrate.report.human_view import HumanView
from magistrate.report.lineage_view import LineageView  # noqa: TC001 - as above
from magistrate.report.matrix_view import StripView  # noqa: TC001 - as above
from magistrate.report.plain import UNPUBLISHED, QuotedField
from magistrate.report.response_view import CardView, RequirementView, SlipView, StepView  # noqa: TC001 - as above
from magistrate.report.sheet import Sheet  # noqa: TC001 - as above
from magistrate.response.scope import Scope  # noqa: TC001 - as above

SCHEMA = "magistrate.verdict/1"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A pointer to one raw record; `id` goes to `magistrate show`."""

    id: str
    host: str
    utc: str | None
    channel: str
    event_id: int
    record_id: int | None
    file: str
    quoted: tuple[QuotedField, ...]


@dataclass(frozen=True, slots=True)
class RawView:
    """A cited record as the case keeps it, secrets masked; `text` is empty when it could not be read again."""

    id: str
    file: str
    locator: str
    text: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """An acting account."""

    name: str
    sid: str | None
    logon_id: str | None  # hexadecimal, as Windows prints it


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A logon that could be the acting session when no key decides."""

    account: str
    source_ip: str | None
    package: str | None
    gap_ms: int
    evidence_id: str


@dataclass(frozen=True, slots=True)
class ProcessView:
    """One WMI act of a story."""

    id: str
    utc: str | None
    host: str
    kind: str
    operation: str
    image: str | None
    command: str | None
    decoded: str | None
    parent: str | None
    process_id: int | None
    targets: tuple[str, ...]
    background: str | None
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTraceView:
    """What the source host's own logs show."""

    host: str
    image: str | None
    process_id: int | None
    account: str | None
    port: int | None
    how: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryView:
    """One operator session. `processes` holds at most `LISTED` acts; `acts` counts all of them.

    `clocks` says, for a session with records of several hosts, how their clocks stand and what order that allows.
    """

    id: str
    class_: str
    sentence: str
    background: bool
    methods: tuple[str, ...]
    account: AccountView | None
    identity_sentence: str
    join: str
    identity_confidence: str
    logon_type: int | None
    package: str | None
    admin: bool | None
    source_ip: str | None
    source_host: str | None
    source_how: str | None
    target_hosts: tuple[str, ...]
    transport: str | None
    first: str | None
    last: str | None
    session_opened: str | None
    acts: int
    kinds: tuple[str, ...]
    processes: tuple[ProcessView, ...]
    source_traces: tuple[SourceTraceView, ...]
    candidates: tuple[CandidateView, ...]
    finding_ids: tuple[str, ...]
    evidence: tuple[EvidenceView, ...]
    clocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding; an excused one is shown struck through and never hidden."""

    id: str
    code: str
    tier: str
    family: str
    title: str
    statement: str
    host: str
    utc: str | None
    story_id: str | None
    account: str | None
    source: str | None
    techniques: tuple[str, ...]
    deciding: bool
    scoped: bool
    waivable: bool
    excused_by: str | None
    log_sources: tuple[str, ...]
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class SignalView:
    """A sign of another technique near the alert; `count` records carry it, `evidence` points to the first.

    `source` is pack (ships with Magistrate), alert (another product) or sigma (a rule of the user); then `rule` is the
    id that the product or the user knows it by.
    """

    id: str
    rule: str
    title: str
    statement: str
    level: str
    technique: str
    tactic: str
    host: str
    first: str | None
    last: str | None
    account: str | None
    source_ip: str | None
    count: int
    evidence: tuple[EvidenceView, ...]
    source: str = "pack"


@dataclass(frozen=True, slots=True)
class SigmaRuleView:
    """A Sigma rule that matched, and how many records."""

    id: str
    title: str
    level: str
    techniques: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class SilenceView:
    """Why rules say nothing about these logs, and how many."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class SigmaView:
    """The user's rule set: its digest, what matched, and what could not be evaluated."""

    digest: str
    files: int
    evaluated: int
    refused: int
    matched: tuple[SigmaRuleView, ...]
    silent: tuple[SilenceView, ...]


@dataclass(frozen=True, slots=True)
class MissingView:
    """A source that would settle an answer, and how to get it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class ScanView:
    """What a NO looked through: queries, window in UTC, hosts with records in it, and their number."""

    queries: tuple[str, ...]
    since: str | None
    until: str | None
    hosts: tuple[str, ...]
    events: int


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answered question."""

    id: str
    question: str
    state: str
    confidence: str
    text: str
    pattern: str | None
    finding_ids: tuple[str, ...]
    anchors_met: tuple[str, ...]
    limits: tuple[str, ...]
    missing: tuple[MissingView, ...]
    flips_if: str
    evidence: tuple[EvidenceView, ...]
    scan: ScanView | None = None


@dataclass(frozen=True, slots=True)
class RuleView:
    """One decision rule as evaluated."""

    rule: str
    title: str
    fired: bool
    decided: bool
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskView:
    """One thing to fetch or to ask: of whom, and the command or the words.

    For logs the host, channels, event ids and window say what must be among them; None leaves the window open.
    """

    whom: str
    what: str
    command: str
    host: str | None = None
    channels: tuple[str, ...] = ()
    event_ids: tuple[int, ...] = ()
    window_from: str | None = None
    window_to: str | None = None


@dataclass(frozen=True, slots=True)
class WouldChangeView:
    """A smallest set of facts that would flip the outcome, the rule that would then decide, and what settles it."""

    fact: str
    command: str
    outcome: str
    rule: str = ""
    asks: tuple[AskView, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldView:
    """A case held for data. `starts` and `due` are None when the time runs from the moment this is read.

    `text` is the deadline in words; `otherwise` is what is decided when the data does not come.
    """

    minutes: int
    text: str
    otherwise: str
    asks: tuple[AskView, ...]
    starts: str | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The learned history that a case was compared with.

    `sources` name what it was fed from and why that may be learned; `rows` is its sample size.
    """

    name: str
    sha256: str
    first: str | None
    last: str | None
    rows: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A whole case as people and machines see it.

    `case_hash` is the SHA-256 of the canonical JSON of this view without `case_hash`: the same evidence, version
    and site context give the same hash. `masked_secrets` counts passwords and tokens shown as `<masked>`.
    `sheets` are further views, each a table with its sentence: what the actions of T2 found.
    `lineage` are processes linked to the sessions, `strip` counts the records of each channel over time, and `heat`
    sets the hours of the acts against the learned history. `raw` are the cited records as the case folder keeps them,
    for reports only.
    `recovered_ids` are the cited records that were recovered from slack; every export labels them.
    `human` is what people said and the stamp of a report; it is no part of `verdict.json`.
    `scope` is what the containment plan was made from, so that `magistrate plan` can make it again.
    """

    schema: str
    playbook: str
    technique: str
    technique_title: str
    tactic: str
    sentence: str
    disposition: str
    severity: str | None
    severity_reason: str
    confidence: str
    rule: str
    rule_title: str
    deciding: tuple[str, ...]
    against: tuple[str, ...]
    t1047_observed: bool
    techniques: tuple[str, ...]
    unknowns: tuple[str, ...]
    request: tuple[str, ...]
    deadline_minutes: int | None
    would_change: tuple[WouldChangeView, ...]
    next_actions: tuple[str, ...]
    stories: tuple[StoryView, ...]
    findings: tuple[FindingView, ...]
    signals: tuple[SignalView, ...]
    answers: tuple[AnswerView, ...]
    rules: tuple[RuleView, ...]
    requirements: tuple[RequirementView, ...]
    coverage: CoverageView
    intake: IntakeView
    l1_steps: tuple[StepView, ...]
    t2_steps: tuple[StepView, ...]
    containment: tuple[CardView, ...]
    slips: tuple[SlipView, ...]
    recovered_ids: tuple[str, ...]
    context: str | None
    history: HistoryView | None
    time_zone: str
    inputs: tuple[str, ...]
    window_from: str | None
    window_to: str | None
    masked_secrets: int
    version: str
    case_hash: str
    sigma: SigmaView | None = None
    sheets: tuple[Sheet, ...] = ()
    lineage: tuple[LineageView, ...] = ()
    strip: tuple[StripView, ...] = ()
    heat: HeatView | None = None
    raw: tuple[RawView, ...] = field(default=(), metadata=UNPUBLISHED)
    human: HumanView = field(default_factory=HumanView, metadata=UNPUBLISHED)
    hold: HoldView | None = None
    scope: Scope | None = None

    def story(self, story_id: str | None) -> StoryView | None:
        """A story by id, None when there is none."""
        return next((story for story in self.stories if story.id == story_id), None)
