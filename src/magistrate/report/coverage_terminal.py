"""`magistrate coverage` on a terminal, at 80 columns and up.

Built from `Text` objects only: nothing is read as markup, and every value passes through `defuse`. Commands are never
cut: they are there to be copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from magistrate.report import coverage_text, wording
from magistrate.report.coverage_report import READINESS_SIGNS, READINESS_WORDS
from magistrate.report.defuse import defang, for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.report.coverage_report import CoverageReport, RequestView
    from magistrate.report.coverage_view import HostView

_WIDEST = 140
_NAME = 30  # columns of a channel's name
_LONG = 4_000
_SIGNS_LISTED = 12
_LACKING = ("blocked", "conditional")
_STYLES = {"ready": "green", "conditional": "yellow", "blocked": "magenta", "not_applicable": "dim"}


def print_coverage(report: CoverageReport, console: Console | None = None) -> None:
    """Print the report to stdout."""
    target = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = min(target.width, _WIDEST)
    for line in coverage_lines(report, width):
        target.print(line, no_wrap=True, overflow="ellipsis", crop=True, width=width)
    for line in request_lines(report):
        target.print(line, soft_wrap=True)


def coverage_lines(report: CoverageReport, width: int) -> list[Text]:
    """Every line above the collection request, none wider than `width`."""
    groups = [
        list(_head(report, width)),
        *(list(_host(report, host, width)) for host in report.coverage.hosts),
        list(_lacks(report, width)),
        list(_openers(report, width)),
        list(_integrity(report, width)),
        list(_losses(report, width)),
        list(_notes("Clocks", (item.statement for item in report.coverage.clocks), width)),
        list(_notes("Names", (item.statement for item in report.coverage.identities), width)),
        list(_questions(report, width)),
    ]
    lines: list[Text] = []
    for group in filter(None, groups):
        lines += [*([Text()] if lines else []), *group]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        line.rstrip()
    return lines


def request_lines(report: CoverageReport) -> list[Text]:
    """The collection request: commands in full length, ready to be copied."""
    lines = [Text(), Text("Collection request", style="bold")]
    if not report.requests:
        return [*lines, Text("Nothing to collect or to turn on.")]
    for request in report.requests:
        lines += _request(request, len(report.coverage.hosts))
    return lines


def _request(request: RequestView, hosts: int) -> Iterator[Text]:
    yield Text(_safe(f"# on {coverage_text.hosts_text(request.hosts, hosts)}, elevated prompt"), style="dim")
    if request.collect:
        yield Text(r"mkdir C:\IR")
    for command in (*request.collect, *request.turn_on):
        yield Text(for_terminal(command, _LONG))
    if request.sysmon:
        yield Text("# put these elements into sysmon.xml, then:", style="dim")
        for element in request.sysmon:
            yield Text(f"#   {for_terminal(element, _LONG)}")
        yield Text("sysmon -c sysmon.xml")
    for line in request.ask:
        yield Text(f"# {for_terminal(line, _LONG)}")


def _safe(text: str, limit: int = 600) -> str:
    return defang(for_terminal(text, limit))


def _wrapped(text: str, width: int, indent: int) -> list[Text]:
    """A paragraph with a hanging indent."""
    console = Console(width=max(20, width - indent), no_color=True)
    return [Text(" " * indent).append_text(line) for line in Text(_safe(text)).wrap(console, console.width)]


def _head(report: CoverageReport, width: int) -> Iterator[Text]:
    first, last = report.coverage.first, report.coverage.last
    span = f", {wording.span(first, last)}" if first else ""
    hosts = wording.count(len(report.coverage.hosts), "host")
    yield Text("Coverage ", style="bold").append(_safe(f"{hosts}{span}"))
    yield Text(_safe(f"Intake   {wording.intake_counts(report.intake)}"))
    if report.moment:
        yield Text(_safe(f"Judged   for {wording.short_time(report.moment)} UTC"))
    yield from _wrapped(
        "No verdict: this says what these logs could show, and what opens the rest.", width, 0
    )


def _host(report: CoverageReport, host: HostView, width: int) -> Iterator[Text]:
    line = Text(f"{host.grade} ", style="bold")
    line.append(_safe(host.host, 100), style="bold")
    if host.role != "unknown":
        line.append(_safe(f"  {host.role.replace('_', ' ')}: {host.role_reason}"), style="dim")
    yield line
    strips = {row.channel: row for row in report.strip if row.host == host.host}
    for channel in host.channels:
        row = strips.get(channel.channel)
        name = _short(_safe(channel.channel, 200), _NAME)
        strip = coverage_text.bars(row.counts, row.signs) if row else ""
        yield Text(f"  {name:<{_NAME}} {strip:<32} {channel.count:>11,}")
        for remark in coverage_text.channel_remarks(channel):
            yield from _wrapped(remark, width, 6)
    for readiness, word in READINESS_WORDS.items():
        titles = [item.title for item in coverage_text.by_readiness(host, readiness)]
        if titles:
            sign = READINESS_SIGNS[readiness]
            first, *rest = _wrapped(", ".join(titles), width, 19)
            head = Text(f"  {sign} {word:<15}", style=_STYLES[readiness])
            yield head.append(first.plain[19:])
            yield from rest
    yield from _wrapped(host.grade_reason, width, 2)


def _short(name: str, room: int) -> str:
    """A channel name that fits: its beginning says little, its end tells channels apart."""
    name = name.removeprefix("Microsoft-Windows-")
    return name if len(name) <= room else f"{name[: room // 3]}…{name[-(room - room // 3 - 1) :]}"


def _lacks(report: CoverageReport, width: int) -> Iterator[Text]:
    """Why the capabilities of the grades are not ready; the others stand with their hosts and in the other formats."""
    found = [item for item in coverage_text.lacks(report) if item.core and item.item.readiness in _LACKING]
    if found:
        yield Text("Not ready", style="bold")
    for lack in found:
        item = lack.item
        where = coverage_text.hosts_text(lack.hosts, len(report.coverage.hosts))
        line = Text(f"{READINESS_SIGNS[item.readiness]} ", style=_STYLES[item.readiness])
        line.append(_safe(item.title), style="bold")
        yield line.append(_safe(f" on {where}"))
        yield from _wrapped(item.reason, width, 4)


def _openers(report: CoverageReport, width: int) -> Iterator[Text]:
    found = coverage_text.openers(report)
    if found:
        yield Text("What opens the rest", style="bold")
    for item in found:
        where = coverage_text.hosts_text(item.hosts, len(report.coverage.hosts))
        first, *rest = _wrapped(f"{item.target} on {where}", width, 10)
        yield Text(f"{item.kind:<10}", style="cyan").append(first.plain[10:])
        yield from rest
        yield from _wrapped(f"opens {', '.join(item.titles)}", width, 12)


def _integrity(report: CoverageReport, width: int) -> Iterator[Text]:
    signs = sorted(report.coverage.tamper, key=lambda sign: not sign.scored)
    if not signs:
        return
    yield Text("Integrity", style="bold")
    for sign in signs[:_SIGNS_LISTED]:
        mark = "!" if sign.scored else "-"
        first, *rest = _wrapped(f"{wording.short_time(sign.utc)} {sign.host}: {sign.what}", width, 2)
        yield Text(mark, style="bold red" if sign.scored else "dim").append(first.plain[1:])
        yield from rest
        yield from _wrapped(f"or {sign.explanation}", width, 4)
    if (more := len(signs) - _SIGNS_LISTED) > 0:
        yield Text(f"  and {wording.count(more, 'more sign')}: use --format json")


def _losses(report: CoverageReport, width: int) -> Iterator[Text]:
    lost = [item for item in report.intake.files if item.reason or item.bad or item.refused]
    if not (report.intake.issues or lost):
        return
    yield Text("Losses", style="bold")
    told = {issue.file for issue in report.intake.issues}
    for issue in report.intake.issues[:_SIGNS_LISTED]:
        yield from _wrapped(f"{issue.file}: {wording.sentence(issue.reason)} {issue.hint or ''}", width, 2)
    for item in lost:
        if item.file not in told:
            yield from _wrapped(f"{item.file}: {item.reason or 'records were lost'}", width, 2)
    if (more := len(report.intake.issues) - _SIGNS_LISTED) > 0:
        yield Text(f"  and {wording.count(more, 'more remark')}: use --format json")


def _notes(title: str, statements: Iterable[str], width: int) -> Iterator[Text]:
    listed = list(statements)
    if listed:
        yield Text(title, style="bold")
        for statement in listed:
            yield from _wrapped(statement, width, 2)


def _questions(report: CoverageReport, width: int) -> Iterator[Text]:
    if not report.questions:
        return
    yield Text("Questions these logs could answer", style="bold")
    titles = report.titles()
    for item in report.questions:
        yield Text(f"{_safe(item.code):<3}", style="bold").append(_safe(item.title))
        for word, yes in (("YES", True), ("NO ", False)):
            yield from _wrapped(f"{word} {coverage_text.verdict_on(item, titles, yes=yes)}", width, 3)
        for limit in item.limits:
            yield from _wrapped(limit, width, 7)
