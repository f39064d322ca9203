"""What a playbook holds: every content file of a technique, typed and read-only.

The folder `playbooks/<technique>/` is the playbook; these classes only say what its files may hold. Unknown keys
are refused. A requirement is one sentence of the playbook; what answers it names it back (`requirements`), or is
named by it (`implemented_by`), see `Playbook.implementers`.
"""

# ruff: noqa: TC001 - pydantic reads the annotations at run time
from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from magistrate.playbooks.condition import AllOf as AllOf  # re-exported: one place to import the model from
from magistrate.playbooks.condition import AnyOf as AnyOf
from magistrate.playbooks.condition import Condition as Condition
from magistrate.playbooks.condition import Content as Content
from magistrate.playbooks.condition import Not as Not
from magistrate.playbooks.condition import condition_facts as condition_facts
from magistrate.playbooks.containment import Cap as Cap
from magistrate.playbooks.containment import Card as Card
from magistrate.playbooks.containment import CollectItem as CollectItem
from magistrate.playbooks.containment import Collectors as Collectors
from magistrate.playbooks.containment import Control as Control
from magistrate.playbooks.containment import NeverRule as NeverRule
from magistrate.playbooks.containment import PlanRule as PlanRule
from magistrate.playbooks.recording import RecordingNeeds as RecordingNeeds
from magistrate.playbooks.vocabulary import EXAMPLE_KINDS as EXAMPLE_KINDS
from magistrate.playbooks.vocabulary import DispositionName as DispositionName
from magistrate.playbooks.vocabulary import ExampleKind as ExampleKind
from magistrate.playbooks.vocabulary import IndicatorCode as IndicatorCode
from magistrate.playbooks.vocabulary import Name as Name
from magistrate.playbooks.vocabulary import QuestionCode as QuestionCode
from magistrate.playbooks.vocabulary import RequirementId as RequirementId
from magistrate.playbooks.vocabulary import RuleId as RuleId
from magistrate.playbooks.vocabulary import SeverityName as SeverityName
from magistrate.playbooks.vocabulary import StateName as StateName
from magistrate.playbooks.vocabulary import Technique as Technique
from magistrate.playbooks.vocabulary import Text as Text
from magistrate.playbooks.vocabulary import TierLetter as TierLetter


class Parameter(Content):
    """A number or text that can be tuned. A parameter without an origin is refused."""

    value: int | float | str | tuple[int | float | str, ...]
    unit: Text
    origin: Text
    what: str = ""


class Neighbour(Content):
    """A technique that is reported beside this one."""

    id: Technique
    name: Text
    why: Text


class Part(Content):
    """A part of the program, not a content file, that answers requirements."""

    id: Name
    what: Text
    where: Text


class Requirement(Content):
    """One sentence of the playbook in our words.

    `row` is the row of the playbook it comes from. `implemented_by` holds `kind:name` pairs: `indicator:D1`,
    `question:Q1`, `step:L1-1`, `card:isolate_host`, `rule:R1`, `log_source:sysmon` or `part:coverage`.
    `capabilities` are the names of coverage that must be proved before "nothing found" means anything; `time_zone`
    stands for a known zone. `log_sources` must be in the case for a full answer. `result` is a template over
    `Playbook.values`; `traces` are the kinds of activity whose records are its evidence. `limit` says what this
    version does not do; with it the answer is never more than partial.
    """

    id: RequirementId
    row: Text
    says: Text
    must: Text
    needs: Text
    capabilities: tuple[Name, ...] = ()
    log_sources: tuple[Name, ...] = ()
    traces: tuple[Name, ...] = ()
    result: str = ""
    limit: str = ""
    implemented_by: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z_]+:\S+$")], ...] = ()


class Slip(Content):
    """A place where the playbook and Windows disagree: what it says, what is so, and how both are served."""

    id: Name
    says: Text
    fact: Text
    both: Text
    requirements: tuple[RequirementId, ...] = ()
    source: Text


class LogSource(Content):
    """A channel the playbook needs, with what it can and cannot show.

    `categories` are the store tables it feeds. `default` says whether Windows records it unasked.
    """

    id: Name
    title: Text
    channel: Text
    event_ids: tuple[int, ...]
    categories: tuple[str, ...]
    side: Literal["source", "target", "both"]
    default: Literal["on", "off", "partial", "installed"]
    default_note: Text
    enable: Text
    shows: Text
    cannot_show: Text
    requirements: tuple[RequirementId, ...] = ()
    source: Text


class IndicatorExample(Content):
    """Raw records and whether the indicator must fire on them.

    `events` are compact raw records (Channel, EventID, Computer, Time, data); they stay untyped because they are
    what a log would hold.
    """

    name: Text
    kind: ExampleKind
    events: tuple[dict[str, Any], ...]
    context: dict[str, Any] | None = None
    expect: Literal["hit", "miss"]


class Indicator(Content):
    """One key indicator: a query or a method that yields findings.

    `log_source` are store categories, `needs` the columns that must be filled. `statement` is filled from the
    row of a hit. A finding that is not `waivable` is never excused by the register.
    """

    id: Text
    code: IndicatorCode
    tier: TierLetter
    family: Text
    title: Text
    description: Text
    attack: tuple[Technique, ...]
    level: Literal["informational", "low", "medium", "high", "critical"]
    log_source: tuple[str, ...]
    needs: tuple[str, ...] = ()
    query: str | None = None
    method: str | None = None
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    statement: Text
    waivable: bool
    requirements: tuple[RequirementId, ...]
    false_positives: tuple[str, ...]
    not_covered: tuple[str, ...]
    references: tuple[str, ...] = ()
    examples: tuple[IndicatorExample, ...]


class Approach(Content):
    """One way to answer a question, with what it covers and what it does not."""

    id: Name
    title: Text
    how: Text
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]


class MissingRequest(Content):
    """A source that would settle an answer, why, and the exact command or request that fetches it."""

    id: Name
    when: Text
    what: Text
    command: Text


class QuestionExample(Content):
    """Facts of a case and the state the answer must have. `facts` are named as the approach names them."""

    name: Text
    state: StateName
    facts: dict[str, Any] = Field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()
    context: dict[str, Any] | None = None


class Search(Content):
    """Where a NO is looked for: `kind:name` of queries, and hours around the stories.

    `before_hours` None means from the first record of the case. Negative `after_hours` end the window before the
    first story begins. `answers:x` is `answers/sql/x.sql`, `indicator:x` an indicator, `signals:pack` all signal rules.
    """

    queries: tuple[Annotated[str, StringConstraints(pattern=r"^(answers|indicator|signals):\S+$")], ...]
    before_hours: float | None = None
    after_hours: float = 0.0


class Question(Content):
    """One question for analysis (Q) or decision for escalation (E).

    `templates` holds the text of an answer for each state; `placeholders` documents every name they use.
    """

    id: Text
    code: QuestionCode
    title: Text
    question: Text
    asks: Text
    inputs: tuple[str, ...]
    approaches: tuple[Approach, ...]
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    placeholders: dict[str, str]
    templates: dict[StateName, Text]
    flips_if: dict[StateName, Text]
    missing: tuple[MissingRequest, ...]
    recording: RecordingNeeds | None = None
    searched: Search
    requirements: tuple[RequirementId, ...]
    pitfalls: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    examples: tuple[QuestionExample, ...]


class Outcome(Content):
    """What a rule yields; the first outcome whose `when` holds is taken, one without `when` always is."""

    when: Condition | None = None
    disposition: DispositionName
    deadline_minutes: int | None = None
    after_deadline: DispositionName | None = None


class Rule(Content):
    """One rule of the decision, tried in the order of the file; the first that fires and has outcomes decides.

    A rule with `effect: forbid_close` has no outcome of its own: when it fires, no CLOSE outcome may be taken.
    `text` says why in one sentence.
    """

    id: RuleId
    title: Text
    when: Condition
    then: tuple[Outcome, ...] = ()
    effect: Literal["decide", "forbid_close"] = "decide"
    text: Text
    requirements: tuple[RequirementId, ...] = ()


class SeverityLevel(Content):
    """One level of severity; the first whose condition holds is taken."""

    id: SeverityName
    when: Condition
    text: Text


class Severity(Content):
    """How bad it would be, apart from how sure we are. `raise_when` lifts the level by one."""

    levels: tuple[SeverityLevel, ...]
    incident_floor: SeverityName
    raise_when: Condition
    raise_text: Text


class HumanCommand(Content):
    """Something a person runs or asks; it is printed and never run."""

    what: Text
    command: Text


class Step(Content):
    """Something a person does. `found` and `nothing` say what the program already did towards it.

    Both are templates over `Playbook.values`; `found` is printed when one of the counts in `found_when` is not zero.
    """

    id: Text
    requirement: RequirementId
    title: Text
    goal: Text
    found_when: tuple[Name, ...]
    found: Text
    nothing: Text
    commands: tuple[HumanCommand, ...]
    done_when: Text


class Playbook(Content):
    """A whole playbook: everything the stages need to know about one technique.

    `facts` documents the names that `rules` and `severity` may use, `card_facts` those of the cards, `values` those
    of the texts of requirements and steps.
    `questions` are Q1 to Q4, `decisions` E1 to E4.
    """

    id: Text
    technique: Technique
    title: Text
    tactic: Text
    tactic_id: Text
    sub_technique: Text
    description: Text
    neighbours: tuple[Neighbour, ...]
    parts: tuple[Part, ...]
    requirements: tuple[Requirement, ...]
    values: dict[str, str]
    slips: tuple[Slip, ...]
    thresholds: dict[str, Parameter]
    log_sources: tuple[LogSource, ...]
    indicators: tuple[Indicator, ...]
    questions: tuple[Question, ...]
    decisions: tuple[Question, ...]
    facts: dict[str, str]
    rules: tuple[Rule, ...]
    non_waivable: tuple[str, ...]
    severity: Severity
    l1_steps: tuple[Step, ...]
    t2_steps: tuple[Step, ...]
    card_facts: dict[str, str]
    cards: tuple[Card, ...]
    caps: tuple[Cap, ...]
    plan_rules: tuple[PlanRule, ...]
    never: tuple[NeverRule, ...]
    collectors: Collectors
    collect_items: tuple[CollectItem, ...]
    controls: tuple[Control, ...]

    def threshold(self, name: str) -> float:
        """A numeric threshold by name.

        Raises:
            KeyError: there is none of this name.
            TypeError: it is not a number.
        """
        value = self.thresholds[name].value
        if isinstance(value, str | tuple):
            raise TypeError(f"threshold {name} is not a number")
        return value

    def indicator(self, code: str) -> Indicator | None:
        """The first indicator with this code, None when there is none."""
        return next((item for item in self.indicators if item.code == code), None)

    def question(self, code: str) -> Question:
        """A question or decision by its code.

        Raises:
            KeyError: there is none.
        """
        for item in (*self.questions, *self.decisions):
            if item.code == code:
                return item
        raise KeyError(code)

    def implementers(self, requirement: str) -> tuple[str, ...]:
        """Everything that answers a requirement, as `kind:name`, sorted by kind and by the numbers in the names.

        Holds what the requirement names and what names the requirement.
        """
        named = next((item.implemented_by for item in self.requirements if item.id == requirement), ())
        back = (name for name, ids in self.implementer_ids() if requirement in ids)
        return tuple(sorted({*named, *back}, key=_natural))

    def implementer_ids(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each implementer as `kind:name` with the requirements it names, in the order of the files."""
        return (
            *((f"part:{item.id}", ()) for item in self.parts),
            *((f"log_source:{item.id}", item.requirements) for item in self.log_sources),
            *((f"indicator:{item.code}", item.requirements) for item in self.indicators),
            *((f"question:{item.code}", item.requirements) for item in (*self.questions, *self.decisions)),
            *((f"rule:{item.id}", item.requirements) for item in self.rules),
            *((f"step:{item.id}", (item.requirement,)) for item in (*self.l1_steps, *self.t2_steps)),
            *((f"card:{item.id}", (item.requirement,)) for item in self.cards),
        )


def _natural(name: str) -> tuple[str, int, str]:
    """Sort key that puts S4 before S10."""
    number = re.search(r"[0-9]+$", name)
    return (name[: number.start()], int(number[0]), name) if number else (name, 0, name)
