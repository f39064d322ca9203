"""The coverage report as JSON and as Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.report import coverage_text, wording
from magistrate.report.coverage_report import READINESS_SIGNS, READINESS_WORDS
from magistrate.report.plain import plain
from magistrate.report.templating import markdown_environment

if TYPE_CHECKING:
    from magistrate.report.coverage_report import CoverageReport


def render_json(report: CoverageReport) -> str:
    """The report for machines: sorted keys, ASCII, the same bytes for the same logs."""
    return json.dumps(plain(report), sort_keys=True, indent=2, ensure_ascii=True) + "\n"


def render_markdown(report: CoverageReport) -> str:
    """The report for a ticket or a wiki."""
    environment = markdown_environment()
    environment.filters["readiness"] = lambda name: READINESS_WORDS.get(name, name)
    environment.filters["readiness_sign"] = lambda name: READINESS_SIGNS.get(name, "?")
    environment.filters["remarks"] = lambda channel: "; ".join(coverage_text.channel_remarks(channel))
    text = environment.get_template("coverage.md.j2").render(
        report=report,
        lacks=coverage_text.lacks(report),
        strips={(row.host, row.channel): coverage_text.bars(row.counts, row.signs) for row in report.strip},
        titles=report.titles(),
        verdict_on=coverage_text.verdict_on,
        hosts_text=lambda hosts: coverage_text.hosts_text(hosts, len(report.coverage.hosts)),
        intake=wording.intake_counts(report.intake),
    )
    return text.rstrip("\n") + "\n"
