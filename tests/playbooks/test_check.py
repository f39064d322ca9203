"""Each kind of mistake in a content file is found, with the others beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from magistrate.events.tables import CATEGORIES
from magistrate.playbooks.check import check_playbook
from magistrate.playbooks.load import load_playbook

if TYPE_CHECKING:
    from pathlib import Path

INDICATOR = """
id: t1047.indicator.{name}
code: {code}
tier: {tier}
family: TEST
title: A test indicator
description: Sees a test.
attack: [T1047]
level: low
log_source: [process_creation]
needs: [Image]
query: |
  SELECT host, Image FROM process_creation WHERE Image LIKE :pattern
parameters:
  pattern: {{value: '%x', unit: LIKE pattern, origin: test}}
statement: '{{host}} ran {{image}}'
waivable: true
requirements: [P5]
false_positives: [none known]
not_covered: [everything else]
examples:
  - {{name: a, kind: hit, events: [{{EventID: 1}}], expect: hit}}
  - {{name: b, kind: near_miss, events: [{{EventID: 1}}], expect: miss}}
  - {{name: c, kind: missing_fields, events: [{{EventID: 1}}], expect: miss}}
  - {{name: d, kind: benign, events: [{{EventID: 1}}], expect: miss}}
"""


def write_indicator(
    folder: Path, name: str = "probe", code: str = "W99", tier: str = "W", **changes: str
) -> None:
    text = INDICATOR.format(name=name, code=code, tier=tier)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (folder / "indicators").mkdir(exist_ok=True)
    (folder / "indicators" / f"{name}.yml").write_text(text, encoding="utf-8")


def replace(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def added(folder: Path) -> list[str]:
    """Problems of the spoilt copy that the untouched playbook does not have."""
    before = {(p.location.partition(":")[0], p.key, p.message) for p in check_playbook("t1047")}
    after = check_playbook(folder, log_sources=CATEGORIES)
    return [str(p) for p in after if (p.location.partition(":")[0], p.key, p.message) not in before]


def test_the_bundled_playbook_has_no_problems():
    assert [str(problem) for problem in check_playbook("t1047", log_sources=CATEGORIES)] == []


def test_a_good_indicator_is_no_problem(folder):
    write_indicator(folder)

    assert added(folder) == []


def cut_off(folder: Path, requirement: str) -> None:
    """Take away everything that implements a requirement."""
    head = folder / "playbook.yml"
    block = re.compile(rf"(  - id: {requirement}\n(?:    .*\n)*?)    implemented_by: .*\n")
    head.write_text(block.sub(r"\1", head.read_text(encoding="utf-8")), encoding="utf-8")
    other = "P2" if requirement == "P1" else "P1"
    link = re.compile(rf"^(\s*(?:- )?requirements?: .*)\b{requirement}\b", re.MULTILINE)
    for path in folder.rglob("*.yml"):
        path.write_text(link.sub(rf"\g<1>{other}", path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.mark.parametrize("requirement", [f"P{n}" for n in range(1, 32)])
def test_a_requirement_without_implementer_fails(folder, requirement):
    assert load_playbook(folder).implementers(requirement)

    cut_off(folder, requirement)

    messages = [problem.message for problem in check_playbook(folder)]
    assert f"nothing implements {requirement}." in messages


def test_removing_a_named_implementer_fails(folder):
    replace(folder, "containment.yml", "  - id: krbtgt\n", "  - id: other\n")

    assert any("card:krbtgt, which does not exist" in problem for problem in added(folder))


def test_an_implementer_that_names_an_unknown_requirement_fails(folder):
    write_indicator(folder, change=("requirements: [P5]", "requirements: [P5, P77]"))

    assert any("there is no requirement P77" in problem for problem in added(folder))


def test_a_missing_number_among_the_requirements_fails(folder):
    replace(folder, "playbook.yml", "  - id: P31\n", "  - id: P33\n")

    assert any("the requirement P31 is missing" in problem for problem in added(folder))


def test_all_problems_are_reported_together_and_sorted(folder):
    replace(folder, "playbook.yml", "title: Windows", "titel: Windows")
    (folder / "steps.yml").unlink()
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    found = added(folder)

    assert any("titel" in problem for problem in found)
    assert any("steps.yml: the file is missing" in problem for problem in found)
    assert any("notes.txt" in problem for problem in found)
    assert check_playbook(folder) == sorted(check_playbook(folder), key=lambda problem: problem.order)


def test_a_missing_folder_is_one_problem(tmp_path):
    assert len(check_playbook(tmp_path / "nothing")) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("id: t1047.indicator.probe", "id: t1047.indicator.other"), "the id is not t1047.indicator.probe"),
        (("code: W99", "code: W9x"), "code"),
        (("tier: W", "tier: S"), "the tier is not W"),
        (
            ("  - {name: b, kind: near_miss, events: [{EventID: 1}], expect: miss}\n", ""),
            "no example of kind near_miss",
        ),
        (
            (
                "kind: hit, events: [{EventID: 1}], expect: hit",
                "kind: hit, events: [{EventID: 1}], expect: miss",
            ),
            "a hit must expect hit",
        ),
        (("kind: benign, events: [{EventID: 1}]", "kind: benign, events: []"), "the example has no events"),
        (("name: d, kind", "name: a, kind"), "'a' is there twice"),
        (("query: |\n", "method: burst\nquery: |\n"), "either a query or a method"),
        (("LIKE :pattern", "ILIKE :pattern"), "not portable SQL"),
        (("LIKE :pattern", "LIKE :other"), "binds :other, which is not a parameter"),
        (("LIKE :pattern", "LIKE 'x'"), "the query does not use this parameter"),
        (("{host} ran {image}", "{host} ran {nonsense}"), "the query yields no {nonsense}"),
        (("log_source: [process_creation]", "log_source: [processes]"), "no log source named processes"),
        (("needs: [Image]", "needs: [Imagination]"), "no column named Imagination"),
        ((", origin: test", ""), "origin"),
        (("not_covered: [everything else]", "not_covered: []"), "the list is empty"),
        (("waivable: true", "waivable: true\nsurprise: 1"), "surprise"),
    ],
)
def test_mistakes_in_an_indicator_are_found(folder, change, message):
    write_indicator(folder, change=change)

    assert any("probe.yml" in problem and message in problem for problem in added(folder))


def test_two_indicators_with_one_code_fail(folder):
    write_indicator(folder, name="probe")
    write_indicator(folder, name="probe2")

    assert any("the code W99 is also used by indicators/probe.yml" in problem for problem in added(folder))


def test_an_indicator_that_must_not_be_excused_cannot_be_waivable(folder):
    for path in (folder / "indicators").glob("*.yml"):
        path.unlink()
    write_indicator(folder, name="probe", code="D1", tier="D")

    assert any("never excused by decision.yml but waivable here" in problem for problem in added(folder))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "decision.yml",
            "when: identity_conflict",
            "when: identity_confusion",
            "no fact named identity_confusion",
        ),
        ("decision.yml", "  - id: R10\n", "  - id: R9\n", "'R9' is there twice"),
        (
            "decision.yml",
            "      - disposition: CLOSE-BENIGN\n",
            "      - {disposition: CLOSE-BENIGN, when: q1_yes}\n",
            "the last outcome must have no condition",
        ),
        ("decision.yml", "disposition: CLOSE-BENIGN", "disposition: CLOSE-IT", "rules.10.then.0.disposition"),
        (
            "decision.yml",
            "effect: forbid_close",
            "effect: forbid_close\n    then: [{disposition: HOLD-DATA}]",
            "has no outcome",
        ),
        ("decision.yml", "[D1, D2-unscoped", "[D77, D2-unscoped", "no indicator D77"),
        ("decision.yml", "tier0_account]}", "tier00_account]}", "no fact named tier00_account"),
        (
            "containment.yml",
            "when: {all: [incident, source_known]}",
            "when: {all: [incident, known]}",
            "no fact named known",
        ),
        (
            "containment.yml",
            "-RemoteAddress {source_q}",
            "-RemoteAddress {source}",
            "stands in a command without quoting",
        ),
        (
            "containment.yml",
            "-RemoteAddress {source_q}",
            "-RemoteAddress {sauce_q}",
            "{sauce_q} is not documented",
        ),
        ("steps.yml", "Need: {q1}", "Need: {q9}", "{q9} is not documented"),
        ("steps.yml", "found_when: [activities]", "found_when: [deeds]", "no value named deeds"),
        ("steps.yml", "  - id: T2-4\n", "  - id: T2-3\n", "'T2-3' is there twice"),
        ("playbook.yml", "{neighbours_seen}.", "{strangers_seen}.", "{strangers_seen} is not documented"),
        ("playbook.yml", "log_sources: [security, system]", "log_sources: [secure]", "no log source secure"),
        ("log_sources.yml", "[share_access]", "[shares]", "no log source named shares"),
        (
            "questions/q1.yml",
            "  - name: first day without register and history\n    state: UNKNOWN\n",
            "  - name: first day without register and history\n    state: 'NO'\n",
            "no example of the state UNKNOWN",
        ),
        ("questions/q1.yml", "Did {user} run", "Did {person} run", "{person} is not documented"),
        (
            "questions/q1.yml",
            "  shape: command with its variable parts replaced\n",
            "  shape: x\n  extra: y\n",
            "no text uses this placeholder",
        ),
        ("questions/q1.yml", "code: Q1", "code: Q2", "the code Q2 is not the file name"),
        (
            "questions/q3.yml",
            "    covered:\n      - chains on one account, session or source\n",
            "    covered: []\n",
            "the list is empty",
        ),
        (
            "questions/q2.yml",
            ", origin: 'triage practice Q2: two working weeks, so that weekly jobs are seen twice'",
            "",
            "origin",
        ),
    ],
)
def test_mistakes_in_the_other_files_are_found(folder, name, old, new, message):
    replace(folder, name, old, new)

    assert any(message in problem for problem in added(folder))


def test_a_stray_file_in_a_folder_is_found(folder):
    (folder / "questions" / "q9.txt").write_text("x", encoding="utf-8")

    assert any("only .yml files are read here" in problem for problem in added(folder))


def test_bytes_that_are_no_text_are_one_problem(folder):
    (folder / "steps.yml").write_bytes(b"\xff\xfe\x00")

    assert any("steps.yml: the file is not UTF-8 text" in problem for problem in added(folder))
