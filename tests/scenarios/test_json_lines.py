"""The two forms in which a scenario is written say the same."""

from __future__ import annotations

from pathlib import Path

from magistrate.investigation import Options, investigate
from scenario_writer.json_lines import write_json_lines
from scenario_writer.render import play, render_scenario, write_context
from scenario_writer.scenario import load_scenario

CASE = Path(__file__).parents[2] / "scenarios" / "cases" / "20_wmic_user_add.yml"


def test_a_scenario_gives_the_same_verdict_as_binary_log_and_as_json_lines(tmp_path):
    render_scenario(CASE, tmp_path / "evtx")
    write_json_lines(play(load_scenario(CASE)), tmp_path / "lines")
    known = write_context(CASE, tmp_path / "context.yml")
    options = Options(context_path=tmp_path / "context.yml" if known else None)
    binary, lines = (
        said(investigate([tmp_path / form], tmp_path / f"case-{form}", options)) for form in ("evtx", "lines")
    )

    assert binary == lines


def said(result):
    """What is decided, found and answered, without the pointers into files."""
    decision = result.decision
    return (
        decision.disposition,
        decision.rule,
        decision.severity,
        sorted((f.code, f.host, f.utc, f.excused_by) for f in result.findings),
        [(a.id, a.state) for a in result.answers],
    )
