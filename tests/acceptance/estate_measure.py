"""Measures the simulated estate: what becomes of every story, with and without what the site knows.

    MAGISTRATE_ESTATE=full python -m pytest tests/acceptance/test_estate.py -s

prints the table of docs/estate.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from magistrate.activity.images import account_name, short_host
from magistrate.activity.run import examine
from magistrate.context.load import load_context
from magistrate.context.model import Context
from magistrate.coverage.assess import assess_coverage
from magistrate.decision.each_story import StoryDecision, decide_each
from magistrate.decision.rules import is_close, is_escalation
from magistrate.detections.run import detect
from magistrate.detections.signals import find_signals
from magistrate.events.learned import LEARNED_COLUMNS
from magistrate.history.file import HistoryFile
from magistrate.history.learn import learn
from magistrate.history.model import History, Learned
from magistrate.playbooks.load import load_playbook
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore
from scenario_writer.estate import Estate, load_estate, play_estate
from scenario_writer.json_lines import write_json_lines

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from scenario_writer.json_lines import Truth

DESCRIPTION = Path(__file__).parents[2] / "scenarios" / "estate" / "estate.yml"
TOUCHED = timedelta(hours=24)
"""A story this near to an attack, of an account or source that it used, is rightly looked at."""


@dataclass(frozen=True, slots=True)
class Site:
    """A rendered estate on disk: logs to learn, logs to judge, context, and which records are planted."""

    estate: Estate
    folder: Path
    planted: dict[Truth, str]


@dataclass(slots=True)
class Scores:
    """What became of the stories of one run. `attacks` holds the outcomes of each attack's stories."""

    attacks: dict[str, list[StoryDecision]] = field(default_factory=dict)
    benign: list[StoryDecision] = field(default_factory=list)
    touched: list[StoryDecision] = field(default_factory=list)

    @property
    def missed(self) -> list[str]:
        """Attacks of which no story is escalated."""
        return sorted(
            name
            for name, told in self.attacks.items()
            if not any(is_escalation(item.decision.disposition) for item in told)
        )

    @property
    def wrongly_closed(self) -> list[str]:
        """Stories of attacks that are closed."""
        return sorted(
            f"{name}: {item.story.id}"
            for name, told in self.attacks.items()
            for item in told
            if is_close(item.decision.disposition)
        )

    @property
    def false_alarms(self) -> list[StoryDecision]:
        """Benign stories that are escalated, of accounts and sources that no attack used near them."""
        return [item for item in self.benign if is_escalation(item.decision.disposition)]

    def lines(self, name: str) -> list[str]:
        """The run as rows of a table."""
        closed = sum(is_close(item.decision.disposition) for item in self.benign)
        caught = len(self.attacks) - len(self.missed)
        looked = sum(is_escalation(item.decision.disposition) for item in self.touched)
        return [
            f"| {name} | {caught} of {len(self.attacks)} | {len(self.wrongly_closed)} | {len(self.benign)} "
            f"| {len(self.false_alarms)} | {closed} | {len(self.benign) - closed - len(self.false_alarms)} "
            f"| {looked} of {len(self.touched)} |"
        ]


def render(size: str, folder: Path) -> Site:
    """Play a size of the estate and write its logs."""
    estate = load_estate(DESCRIPTION, size)
    stage, planted = play_estate(estate)
    write_json_lines(stage, folder / "learned", until=estate.judged_from)
    written = write_json_lines(stage, folder / "judged", since=estate.judged_from)
    (folder / "context.yml").write_text(yaml.safe_dump(estate.scenario.context, sort_keys=False), "utf-8")
    return Site(estate, folder, {written[order]: name for order, name in planted.items() if order in written})


def measure(site: Site, *, given: bool, every: int = 1) -> Scores:
    """Judge the judged days; with context and history when `given`, else with neither.

    Of the stories of no attack only one in `every` is decided.
    """
    context = load_context(site.folder / "context.yml") if given else Context()
    history = _learned(site, context) if given else None
    events = site.folder / f"events-{given}"
    intake = collect([site.folder / "judged"], events, IntakeOptions(jobs=1), None)
    with DuckDBStore.open(events) as store:
        playbook = load_playbook("t1047")
        if history is not None:
            rows = (row.row(history.name) for row in history.history.rows)
            store.register("learned", LEARNED_COLUMNS, rows)
        stories = examine(store, context)
        signals = find_signals(store)
        findings = detect(store, playbook, stories, context, signals)
        acting = [story for story in stories if not story.background]
        times = [moment for story in acting for moment in (story.first, story.last) if moment]
        coverage = assess_coverage(store, intake, min(times), max(times), context)
        benign = [story for story in acting if attack_of(site, story) is None]
        only = {story.id for story in acting} - {s.id for n, s in enumerate(benign) if n % every}
        each = decide_each(store, playbook, stories, findings, signals, coverage, context, only)
    return _scored(site, each)


def _learned(site: Site, context: Context) -> HistoryFile:
    events = site.folder / "events-learned"
    collect([site.folder / "learned"], events, IntakeOptions(jobs=1), None)
    with DuckDBStore.open(events) as store:
        found = learn(store, examine(store, context), context)
    source = Learned(
        "learned days", "logs", "clean by design of the scenario", found.first, found.last, 1, ""
    )
    return HistoryFile("estate", "", History(found.rows, (source,)))


def _scored(site: Site, each: tuple[StoryDecision, ...]) -> Scores:
    scores = Scores({attack.id: [] for attack in site.estate.attacks})
    of_attack = {item.story.id: attack_of(site, item.story) for item in each}
    stolen = [item.story for item in each if of_attack[item.story.id]]
    for item in each:
        attack = of_attack[item.story.id]
        if attack:
            scores.attacks[attack].append(item)
        elif any(_touches(item.story, other) for other in stolen):
            scores.touched.append(item)
        else:
            scores.benign.append(item)
    return scores


def attack_of(site: Site, story: Story) -> str | None:
    """The attack whose planted records a story rests on."""
    found = Counter(
        site.planted[key]
        for activity in story.activities
        for item in activity.evidence
        if (key := (short_host(item.host).upper(), item.channel, item.record_id)) in site.planted
    )
    return found.most_common(1)[0][0] if found else None


def _touches(story: Story, attack: Story) -> bool:
    """Whether a story is near an attack, and of an account or a source that the attack used."""
    if not (story.first and story.last and attack.first and attack.last):
        return True
    near = story.first - TOUCHED <= attack.last and attack.first <= story.last + TOUCHED
    return near and bool(_keys(story) & _keys(attack))


def _keys(story: Story) -> set[str]:
    people = {f"account {account_name(account.name)}" for account in story.accounts}
    source = story.source_host or (story.activities[0].host if story.activities else "")
    return (people - {"account system"}) | ({f"source {short_host(source)}"} if source else set())
