"""A view with many findings, made by copying the standard one; ids, hosts, times and records differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from magistrate.report.build import build_view
from magistrate.report.view import RawView, View
from magistrate.report.wording import utc_text
from report.sample_case import T0, sample_case

RAW = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"
    + "<Data Name='CommandLine'>x</Data>" * 30
)


def large_view(number: int) -> View:
    """A view with so many findings of four indicators in a tenth as many sessions, and as many records."""
    view = build_view(sample_case())
    findings, raw = [], []
    for at in range(number):
        model = view.findings[at % len(view.findings)]
        utc = utc_text(T0 + timedelta(seconds=at))
        host = f"srv{at % 500:03}.corp.example"
        record = replace(model.evidence[0], id=f"{at:016x}", utc=utc, host=host)
        findings.append(replace(model, id=f"{model.code}-{at:016x}", host=host, utc=utc, evidence=(record,),
                                deciding=model.deciding and at < 20))  # fmt: skip
        raw.append(RawView(record.id, record.file, "chunk 1", RAW))
    stories = tuple(
        replace(view.stories[0], id=f"S{at}", target_hosts=(f"srv{at % 500:03}.corp.example",),
                first=utc_text(T0 + timedelta(seconds=at)), finding_ids=())
        for at in range(number // 10)
    )  # fmt: skip
    deciding = tuple(item.id for item in findings if item.deciding)
    return replace(view, findings=tuple(findings), stories=stories, raw=tuple(raw), deciding=deciding)
