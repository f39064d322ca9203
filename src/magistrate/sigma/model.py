"""Rules as loaded, and what matching them gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field
from magistrate.sigma.tree import Node  # noqa: TC001 - part of the runtime type of a field


class Level(StrEnum):
    """Sigma's words for how much a hit weighs; UNSTATED where the rule gives none."""

    UNSTATED = "unstated"
    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place in the order of levels; UNSTATED stands with MEDIUM, so that no rule hides by saying nothing."""
        return _RANK[self]


_RANK = {
    Level.INFORMATIONAL: 1,
    Level.LOW: 2,
    Level.UNSTATED: 3,
    Level.MEDIUM: 3,
    Level.HIGH: 4,
    Level.CRITICAL: 5,
}


@dataclass(frozen=True, slots=True)
class LogSource:
    """What a rule says about where its events come from; an empty text says nothing."""

    product: str = ""
    category: str = ""
    service: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.product, self.category, self.service) if part)


@dataclass(frozen=True, slots=True)
class RuleHead:
    """Who a rule is. `path` is the file as named by the user, `line` the first line of its document."""

    id: str
    title: str
    path: str
    line: int = 1
    name: str = ""
    level: Level = Level.UNSTATED
    status: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    description: str = ""
    false_positives: tuple[str, ...] = ()

    @property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK techniques, as T1047 or T1546.003, in the order of the rule."""
        names = (tag.removeprefix("attack.") for tag in self.tags if tag.startswith("attack.t"))
        return tuple(name.upper() for name in names if name[1:5].isdecimal())

    @property
    def tactics(self) -> tuple[str, ...]:
        """ATT&CK tactics with hyphens, as lateral-movement, in the order of the rule."""
        names = (tag.removeprefix("attack.") for tag in self.tags if tag.startswith("attack."))
        return tuple(
            name.replace("_", "-")
            for name in names
            if name and not (name[0] in "tgsc" and name[1:5].isdecimal())
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over single events."""

    head: RuleHead
    log_source: LogSource
    tree: Node


class CorrelationKind(StrEnum):
    """What a correlation rule counts or orders."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_MEDIAN = "value_median"
    VALUE_PERCENTILE = "value_percentile"


@dataclass(frozen=True, slots=True)
class Correlation:
    """A rule over the hits of other rules.

    `rules` are ids of rules or correlations. `conditions` are (operator, number), all of which must hold. `aliases`
    maps an alias to the field of each rule id; `fields` are what value_count counts, or the field whose numbers are
    taken together. `percentile` is the share in percent that value_percentile asks for. `generate` says whether the
    rules below also speak for themselves.
    """

    head: RuleHead
    kind: CorrelationKind
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan: timedelta
    conditions: tuple[tuple[str, int | float], ...]
    fields: tuple[str, ...] = ()
    aliases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    generate: bool = False
    percentile: int | float | None = None


@dataclass(frozen=True, slots=True)
class RefusedRule:
    """A rule that is not used, and why. `id` and `title` are empty where the file could not be read so far."""

    path: str
    id: str
    title: str
    reason: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules ready to be matched, in order of id. `digest` is a hash over every document, refused ones included."""

    rules: tuple[Rule, ...]
    correlations: tuple[Correlation, ...]
    refused: tuple[RefusedRule, ...]
    digest: str
    files: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """One event that a rule matched, with the keys that tie it to others. Keys are None where not recorded."""

    evidence: Evidence
    category: str
    account: str | None = None
    logon_id: int | None = None
    source_ip: str | None = None


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule with its hits in order of time and id.

    `count` is how many there are; `hits` holds the first of them up to the limit that was asked for. `suppressed`
    is true when a correlation uses the rule and did not ask for its single hits.
    """

    rule: RuleHead
    log_source: LogSource
    count: int
    hits: tuple[Hit, ...]
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class CorrelationHit:
    """One time that a correlation came true: the group, the window and the ids of the events in it.

    `count` is what the condition was asked of: how many, or the sum, mean or percentile of a field's numbers.
    """

    group: tuple[tuple[str, str], ...]
    first: datetime
    last: datetime
    count: int | float
    evidence_ids: tuple[str, ...]
    host: str = ""
    account: str | None = None
    logon_id: int | None = None
    source_ip: str | None = None


@dataclass(frozen=True, slots=True)
class CorrelationMatch:
    """A correlation with its hits in order of time and group. `without_time` counts hits that have no time."""

    rule: RuleHead
    kind: CorrelationKind
    hits: tuple[CorrelationHit, ...]
    without_time: int = 0


class NotEvaluatedReason(StrEnum):
    """Why a good rule says nothing about these logs."""

    NO_EVENTS = "no events of this log source"
    OTHER_LOG_SOURCE = "no Windows event log holds this log source"
    RULE_MISSING = "a rule that it uses was refused or not evaluated"


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A good rule whose silence means nothing here."""

    rule: RuleHead
    log_source: LogSource
    reason: NotEvaluatedReason


@dataclass(frozen=True, slots=True)
class RuleTime:
    """CPU seconds that a rule's own tests took: its expressions, and reading records for it.

    Looking for the texts of all rules is one pass and belongs to none. An expression that several rules share counts
    for each of them.
    """

    rule: RuleHead
    seconds: float


@dataclass(frozen=True, slots=True)
class Matches:
    """What a rule set found in a store. Rules without a hit are counted in `evaluated` and not listed.

    `times` are the rules that took longest, empty unless time was measured.
    """

    rules: tuple[RuleMatch, ...]
    correlations: tuple[CorrelationMatch, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    refused: tuple[RefusedRule, ...]
    digest: str
    evaluated: int = 0
    events: int = 0
    notes: tuple[str, ...] = field(default=())
    times: tuple[RuleTime, ...] = ()
