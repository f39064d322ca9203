"""The shift hand-over of several cases: open cases by severity, timers, undo commands, outages, what not to touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.defuse import for_fence, for_markdown, for_markdown_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.report.shift import OpenCase

SUFFIX = ".md"
_LINE = 320
_ORDER = ("SEV1", "SEV2", "SEV3", "SEV4")


def render_cases(cases: Sequence[OpenCase]) -> str:
    """The hand-over as Markdown; the order of the cases given does not matter."""
    ordered = sorted(cases, key=_rank)
    open_ = [item for item in ordered if not item.closed]
    closed = len(ordered) - len(open_)
    lines = [
        "# Shift hand-over",
        "",
        f"{wording.count(len(open_), 'open case')}, {closed} closed. All times UTC.",
        "",
    ]
    lines += _section("Open cases by severity", _open(open_))
    lines += _section("Waiting for data", _timers(open_))
    lines += _section("Planned measures and how to undo them", _undo(open_))
    lines += _section("Exceptions used", _exceptions(ordered))
    lines += _section("Outages of log sources", _outages(ordered))
    lines += _section("Do not touch", _do_not_touch(open_))
    return "\n".join(lines).rstrip("\n") + "\n"


def _rank(item: OpenCase) -> tuple[int, str, str]:
    severity = item.view.severity or ""
    place = _ORDER.index(severity) if severity in _ORDER else len(_ORDER)
    return place, item.folder, item.view.case_hash


def _section(title: str, items: Iterable[str]) -> list[str]:
    listed = list(dict.fromkeys(items))
    return [f"## {title}", "", *(listed or ["None."]), ""]


def _text(text: str) -> str:
    return for_markdown(text, _LINE)


def _code(text: str) -> str:
    return f"`{for_markdown_code(for_fence(text, _LINE, prose=False)) or ' '}`"


def _open(cases: Sequence[OpenCase]) -> Iterator[str]:
    for item in cases:
        view = item.view
        yield f"- **{view.severity or view.disposition}** {_code(item.folder)} {view.disposition}, confidence {_text(view.confidence)}"
        yield f"    - State: {_text(wording.sentence(view.sentence))}"
        yield f"    - Next: {_text(next(iter(view.next_actions), 'nothing'))}"
        yield f"    - Owner: {_text(item.owner or 'nobody yet')}; deadline: {_text(_due(item))}"
        yield from (f"    - Promised: {_text(promise)}" for promise in item.promises)


def _due(item: OpenCase) -> str:
    if item.due:
        return item.due
    if item.view.hold is not None:
        return item.view.hold.text
    minutes = item.view.deadline_minutes
    return "none" if minutes is None else f"{minutes} minutes after the verdict"


def _timers(cases: Sequence[OpenCase]) -> Iterator[str]:
    for item in cases:
        if item.view.disposition == "HOLD-DATA":
            wanted = item.view.request or tuple(
                entry.what for answer in item.view.answers for entry in answer.missing
            )
            for text in wanted[:5] or ("data that the report names",):
                yield f"- {_code(item.folder)} waits for {_text(text)}; deadline: {_text(_due(item))}"


def _undo(cases: Sequence[OpenCase]) -> Iterator[str]:
    """Every planned measure: whether it was carried out is known to people only."""
    for item in cases:
        for card in item.view.containment:
            if card.state == "planned" and card.rollback:
                undo = [f"    - {_code(line)}" for line in card.rollback.splitlines() if line.strip()]
                yield "\n".join((f"- {_code(item.folder)} {_text(card.title)}, undo:", *undo))


def _exceptions(cases: Sequence[OpenCase]) -> Iterator[str]:
    for item in cases:
        for finding in item.view.findings:
            if finding.excused_by:
                yield f"- {_code(item.folder)} {_code(finding.excused_by)} excuses {_text(finding.code)} {_text(finding.title)} on {_text(finding.host)}"


def _outages(cases: Sequence[OpenCase]) -> Iterator[str]:
    for item in cases:
        for sign in item.view.coverage.tamper:
            yield f"- {_code(item.folder)} {_text(sign.host)}: {_text(sign.what)} ({wording.short_time(sign.utc)})"
        for file in item.view.intake.files:
            if file.reason:
                yield f"- {_code(item.folder)} {_text(file.file)}: {_text(file.reason)}"
        for host in item.view.coverage.hosts:
            dark = tuple(channel.channel for channel in host.channels if channel.state == "empty")
            if dark:
                yield f"- {_code(item.folder)} {_text(host.host)}: no records in {_text(wording.listing(dark))}"


def _do_not_touch(cases: Sequence[OpenCase]) -> Iterator[str]:
    """Hosts that hold evidence not yet preserved, and every target that a measure was refused for."""
    for item in cases:
        for card in item.view.containment:
            if card.state == "refused":
                yield f"- {_text(card.about)}: {_text(card.result)} ({_code(item.folder)})"
            elif card.card == "preserve_first" and card.state == "planned":
                yield f"- {_text(card.about)}: not before its evidence is preserved ({_code(item.folder)})"
