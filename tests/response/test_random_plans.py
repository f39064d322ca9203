"""What must hold of any plan, over many random ones.

Few by default; MAGISTRATE_PLANS sets how many, and MAGISTRATE_HOSTILE/text gives further names to attack with.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.report.cacao import faults
from tests.report.powershell import code_lines, parses
from tests.response.random_plans import ATTACKS, PLAYBOOK, Made, Maker

from magistrate.report import plan_cacao, plan_json, plan_markdown, plan_ps1
from magistrate.report.instruction import is_command
from magistrate.response import CardState, gaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.response.model import CardResult

PLANS = int(os.environ.get("MAGISTRATE_PLANS", "60"))
_TEXT = r"'(?:[^']|'')*'"
_NUMBERED = rf"\((?:{_TEXT})(?:\+(?:{_TEXT}|\[char\]0x[0-9A-F]{{4}}))+\)"
LITERAL = re.compile(rf"(?:{_NUMBERED}|{_TEXT})(?:,(?:{_NUMBERED}|{_TEXT}))*")
FIELDS = (
    "id", "card", "requirement", "phase", "title", "result", "about", "goal", "precheck", "command", "side_effects",
    "verify", "rollback", "evidence_lost", "approver",
)  # fmt: skip


def attacks() -> tuple[str, ...]:
    folder = os.environ.get("MAGISTRATE_HOSTILE")
    if not folder:
        return ATTACKS
    lines = (Path(folder) / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    return (*ATTACKS, *(json.loads(line)["User"].removeprefix("CORP\\") for line in lines))


def skeleton(line: str) -> str:
    """A line without what stands in its quotes."""
    return LITERAL.sub("''", line).strip()


def _playbook_texts() -> Iterator[str]:
    for card in PLAYBOOK.cards:
        yield from (card.command, card.guarded, card.verify, card.rollback)
    for control in PLAYBOOK.controls:
        yield from (control.set, control.verify)
    yield gaps.export_lines(PLAYBOOK)


ALLOWED = {
    skeleton(re.sub(r"\{[a-z_]+_q\}", "''", line)) for text in _playbook_texts() for line in code_lines(text)
}
"""Every code line of the playbook's own files; whatever else a plan prints was not written by us."""
FRAME = re.compile(
    r"function Show-MagistrateCard\d{3} \{|param\(\[string\]\$PlanHash = ''\)|Write-Output ''|"
    r"if \(\$PlanHash -cne ''\) \{ return \}|\$ErrorActionPreference = ''|\}"
)


@cache
def line_parses(line: str) -> bool:
    return parses(line)


def told_lines(card: CardResult) -> list[str]:
    texts = [card.command, *(text for text in (card.verify, card.rollback) if is_command(text))]
    return [line for text in texts for line in code_lines(text)]


def against_protected(made: Made) -> Iterator[str]:
    """Commands that would change something that is protected in truth."""
    targets = {item.name for item in (*made.scope.hosts, *made.scope.accounts)}
    targets |= {item.address for item in made.scope.sources}
    bad = (made.protected & targets) | {name for name in made.protected if name.startswith("S-1-")}
    sids = {item.name: item.sid for item in made.scope.accounts}
    for card in made.plan.cards:
        if not card.changes or card.state is not CardState.PLANNED:
            continue
        hosts = {
            name for name in bad if card.card == "remove_subscription" and card.about.startswith(f"{name} ")
        }
        if card.about in bad or sids.get(card.about) in bad or hosts:
            yield f"{card.id} for {card.about}"
        for line in card.command.split("\n"):
            if line.startswith("# on each of: "):
                listed = set(line.removeprefix("# on each of: ").split(", "))
                yield from (f"{card.id} on {name}" for name in sorted(listed & bad))
            elif not line.lstrip().startswith("#") and card.card not in (
                "allow_management",
                "remove_subscription",
            ):
                yield from (f"{card.id} names {name}" for name in sorted(bad) if f"'{name}'" in line)


def incomplete(made: Made) -> Iterator[str]:
    for card in made.plan.cards:
        yield from (f"{card.id} lacks {name}" for name in FIELDS if not getattr(card, name))
        if re.search(r"\{[a-z_]+\}", " ".join(map(skeleton, told_lines(card)))):
            yield f"{card.id} has an unfilled place"
    if [card.order for card in made.plan.cards] != list(range(1, len(made.plan.cards) + 1)):
        yield "the order has a gap"


def fenced(markdown: str) -> list[str]:
    inside, found = False, []
    for line in markdown.split("\n"):
        if line.startswith("```"):
            inside = not inside
        elif inside:
            found += code_lines(line)
    return found


def strange_lines(made: Made) -> Iterator[str]:
    """Lines in any format that do not parse, or that hold more than a line of the playbook and texts in quotes."""
    lines = [line for card in made.plan.cards for line in told_lines(card)]
    lines += fenced(plan_markdown.render(made.plan))
    script = plan_ps1.render(made.plan)
    for line in lines:
        if not line_parses(line):
            yield f"does not parse: {line}"
        if skeleton(line) not in ALLOWED:
            yield f"not ours: {line}"
    for line in code_lines(script):
        if skeleton(line) not in ALLOWED and not FRAME.fullmatch(skeleton(line)):
            yield f"not ours in the script: {line}"
    if not parses(script) or not script.isascii():
        yield "the script does not parse"


def broken_data(made: Made) -> Iterator[str]:
    yield from faults(json.loads(plan_cacao.render(made.plan)))
    cards = json.loads(plan_json.render(made.plan))["cards"]
    if [card["command"] for card in cards] != [card.command for card in made.plan.cards]:
        yield "the JSON does not hold the commands"


@pytest.fixture(scope="module")
def faults_of_plans() -> tuple[Counter[str], dict[str, list[str]]]:
    checks = {
        "protected": against_protected,
        "complete": incomplete,
        "lines": strange_lines,
        "data": broken_data,
    }
    seen: Counter[str] = Counter()
    found: dict[str, list[str]] = {name: [] for name in checks}
    maker = Maker(1047, attacks())
    for number in range(PLANS):
        made = maker.make()
        seen["cards"] += len(made.plan.cards)
        seen["planned"] += sum(c.state is CardState.PLANNED and c.changes for c in made.plan.cards)
        seen["refused values"] += sum(c.state is CardState.REFUSED for c in made.plan.cards)
        seen["guarded"] += made.plan.guarded
        seen["protected targets"] += len(made.protected)
        seen["released"] += len(made.plan.assumed)
        seen["refused releases"] += made.refused
        for name, check in checks.items():
            found[name] += [f"plan {number}: {fault}" for fault in check(made)]
    print(f"\n{PLANS} plans: {dict(seen)}; faults { ({name: len(items) for name, items in found.items()}) }")
    return seen, found


def test_t_act_2_no_command_is_given_against_a_protected_asset(faults_of_plans):
    assert faults_of_plans[1]["protected"] == []


def test_every_card_is_complete(faults_of_plans):
    assert faults_of_plans[1]["complete"] == []


def test_t_act_9_every_line_of_every_format_parses_and_holds_values_in_quotes_only(faults_of_plans):
    assert faults_of_plans[1]["lines"] == []


def test_every_playbook_and_json_is_valid(faults_of_plans):
    assert faults_of_plans[1]["data"] == []


def test_the_plans_reach_every_side_of_the_guards(faults_of_plans):
    assert all(faults_of_plans[0].values())
    assert len(faults_of_plans[0]) == 7
