"""Claims about the coverage report in each of its formats."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest
from tests.coverage.cases import SYSMON, WMI, Case

from magistrate.context.model import Context
from magistrate.coverage.survey import survey
from magistrate.events.evidence import ReadIssue
from magistrate.playbooks.load import load_playbook
from magistrate.report.coverage_formats import render_json, render_markdown
from magistrate.report.coverage_report import build_coverage_report
from magistrate.report.coverage_terminal import coverage_lines, request_lines
from magistrate.report.coverage_text import bars, openers
from magistrate.report.schema import build_coverage_schema
from magistrate.sources.base import FileIntake, Intake

HOSTILE = "evil\x1b[31m\u202e<script>|`=cmd"


def report(case, intake=None):
    found = survey(case.store(), intake or Intake(), load_playbook("t1047"), Context())
    return build_coverage_report(found, intake or Intake(), ("logs",), None, "0")


def busy():
    case = (
        Case().fill("Security", 200, -4000, 10).fill("Security", 100, 1600, 10).fill("System", 40, -2000, 90)
    )
    case.add("Security", 4688, Version=2, CommandLine="cmd").add("Security", 1102, 90).add(WMI, 5857)
    case.add(SYSMON, 3, host=HOSTILE).add("Security", 4624, host="b.corp.example", LogonType=11)
    return case


@pytest.fixture(scope="module")
def whole():
    intake = Intake(
        files=(FileIntake("System.evtx", "aa", 1, "evtx", found=41, loaded=40, bad=1, reason="torn"),),
        issues=(ReadIssue("System.evtx", "record", "a torn record", 1),),
    )
    return report(busy(), intake)


@pytest.mark.parametrize("width", [80, 140])
def test_no_line_above_the_request_is_wider_than_the_terminal(whole, width):
    assert max(line.cell_len for line in coverage_lines(whole, width)) <= width


def test_commands_of_the_request_are_never_cut(whole):
    text = "\n".join(line.plain for line in request_lines(whole))

    assert "auditpol /set /subcategory:{0CCE9227-69AE-11D9-BED3-505054503030} /success:enable" in text
    assert "…" not in text


def test_every_part_is_on_the_terminal(whole):
    text = "\n".join(line.plain for line in coverage_lines(whole, 80))

    for part in ("Coverage", "Not ready", "What opens the rest", "Integrity", "Losses", "Questions"):
        assert part in text


@pytest.mark.parametrize("text", ["\x1b", "\u202e"])
def test_t_out_3_a_hostile_host_name_is_inert_in_every_text(whole, text):
    printed = [line.plain for line in (*coverage_lines(whole, 80), *request_lines(whole))]

    assert text not in "".join(printed)
    assert text not in render_markdown(whole)
    assert text not in render_json(whole)


def test_t_out_1_markup_of_a_hostile_host_name_is_inert_in_markdown(whole):
    assert "<script>" not in render_markdown(whole)


def test_the_json_follows_the_published_schema(whole):
    jsonschema.Draft202012Validator(build_coverage_schema()).validate(json.loads(render_json(whole)))


def test_the_published_coverage_schema_is_the_one_of_the_view():
    text = resources.files("magistrate.report").joinpath("coverage.schema.json").read_text(encoding="utf-8")

    assert json.loads(text) == json.loads(json.dumps(build_coverage_schema()))


def test_the_json_does_not_depend_on_the_order_of_records():
    turned = busy()
    turned.rows = turned.rows[::-1]

    assert render_json(report(turned)) == render_json(report(busy()))


def test_a_log_that_is_missing_is_fetched_and_a_switch_that_is_off_is_set(whole):
    found = openers(report(Case().fill("Security", 200)))
    kinds = [item.kind for item in found]

    assert kinds == sorted(kinds, key=lambda kind: kind != "log")
    assert {item.target for item in found if "WMI operations" in item.titles} == {WMI}
    assert any(item.kind == "auditpol" and "process creation" in item.titles for item in found)


def test_a_strip_shows_silence_size_and_cuts():
    assert bars((0, 1, 99, 12_345), (1,)) == "·!▂▅"


def test_logs_without_a_record_are_said_to_show_nothing():
    empty = report(Case())

    assert "0 hosts" in "\n".join(line.plain for line in coverage_lines(empty, 80))
    assert "Nothing to collect" in render_markdown(empty)
