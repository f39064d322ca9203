"""The terminal summary: the decision and its proof on one screen, at 80 columns and up.

Built from `Text` objects only: nothing is read as markup. Without a terminal or with NO_COLOR there are no colour
codes; every colour stands beside a word or a sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from magistrate.report import wording
from magistrate.report.defuse import defang, for_terminal
from magistrate.report.templating import PROOF_SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from magistrate.report.coverage_view import HostView
    from magistrate.report.view import AnswerView, View

_STYLES = {"ESCALATE-INCIDENT": "bold red", "ESCALATE-REVIEW": "bold yellow", "HOLD-DATA": "bold magenta"}
_STATE_STYLES = {"YES": "bold", "NO": "bold", "UNKNOWN": "magenta", "CONFLICT": "yellow", "N/A": "dim"}
_SENTENCE_LINES = 4
_FINDINGS = 6
_HOSTS = 3
_UNKNOWNS = 2
_NEXT_LINES = 2
_WIDEST = 140


def print_summary(view: View, case: Path, console: Console | None = None) -> None:
    """Print the summary of a case to stdout."""
    target = console or Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = min(target.width, _WIDEST)
    for line in summary_lines(view, width):
        target.print(line, no_wrap=True, overflow="ellipsis", crop=True, width=width)
    # A path is there to be copied: it is never cut, however long it is.
    target.print(
        Text("Report ", style="bold").append(for_terminal(f"{case}/report.html", 4_000)), soft_wrap=True
    )


def summary_lines(view: View, width: int) -> list[Text]:
    """The lines of the summary above the path of the report, none wider than `width`."""
    groups = [
        list(_head(view)),
        _wrapped(view.sentence, width, _SENTENCE_LINES),
        list(_answers(view)),
        list(_findings(view)),
        list(_coverage(view)),
        list(_sheets(view)),
        list(_open_ends(view, width)),
        list(_foot(view)),
    ]
    lines: list[Text] = []
    for group in filter(None, groups):
        lines += [*([Text()] if lines else []), *group]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
        line.rstrip()
    return lines


def _safe(text: str, limit: int = 300) -> str:
    return defang(for_terminal(text, limit))


def _wrapped(text: str, width: int, most: int) -> list[Text]:
    """A paragraph in at most so many lines; what does not fit is folded in the middle, not lost at the end."""
    console = Console(width=width, no_color=True)
    for limit in range(most * width, width, -width // 8):
        lines = list(Text(_safe(text, limit)).wrap(console, width))
        if len(lines) <= most:
            return lines
    return [Text(_safe(text, width))]


def _begun(text: str, width: int, most: int) -> list[Text]:
    """The first lines of a sentence of ours, which stands in the report as a whole."""
    lines = list(Text(_safe(text, 2_000)).wrap(Console(width=width, no_color=True), width))
    if len(lines) > most:
        lines[most - 1].rstrip()
        lines[most - 1].truncate(width - 2)
        lines[most - 1].append(" …")
    return lines[:most]


def _head(view: View) -> Iterator[Text]:
    style = _STYLES.get(view.disposition, "bold green" if view.disposition.startswith("CLOSE") else "bold")
    line = Text(view.disposition, style=style)
    for part in (
        view.severity,
        f"confidence {view.confidence}",
        f"rule {view.rule} {view.rule_title}".strip(),
    ):
        if part:
            line.append(f"  {_safe(part)}")
    yield line
    if view.human.verdict:  # beside the program's, which stays
        changes = [item for item in view.human.changes if item.in_force and item.about == "verdict"]
        said = f"{changes[0].by} says {view.human.verdict} because {changes[0].because}" if changes else ""
        yield Text(_safe(said), style="bold")
    codes = {item.id: item.code for item in view.findings}
    deciding = ", ".join(
        dict.fromkeys(wording.finding_name(codes.get(name, ""), name) for name in view.deciding)
    )
    techniques = wording.techniques_text(view.techniques) or f"{view.technique} not observed"
    yield Text(_safe(f"{techniques}{f'; deciding {deciding}' if deciding else ''}"))


def _answers(view: View) -> Iterator[Text]:
    for item in view.answers:
        line = Text(f"{_safe(item.id):<3}", style="bold")
        line.append(f"{_safe(item.pattern or item.state):<9}", style=_STATE_STYLES.get(item.state, ""))
        line.append(f"{_safe(item.confidence):<9}")
        line.append(_safe(_brief(item)))
        yield line


def _brief(answer: AnswerView) -> str:
    """The answer's text without what the line already says: state, confidence, ids behind finding codes."""
    text = wording.codes_only(answer.text)
    for said in (
        f"Need {answer.state}, {answer.confidence}: ",
        f"Need {answer.state}, {answer.confidence}. ",
        f"{answer.state} because ",
        f"{answer.state}: ",
        f"{answer.pattern} of pattern: ",
    ):
        text = text.removeprefix(said)
    return text


def _findings(view: View) -> Iterator[Text]:
    if not view.findings:
        yield Text("No finding")
        return
    ranked = sorted(
        view.findings, key=lambda item: (not item.deciding, "DSWM".find(item.tier), item.code, item.utc or "")
    )
    for item in ranked[:_FINDINGS]:
        mark = "*" if item.deciding else "-" if item.excused_by else " "
        record = item.evidence[0].id if item.evidence else ""
        line = Text(f"{mark}{_safe(item.code):<4}", style="bold" if item.tier in "DS" else "")
        line.append(f"{wording.TIER_WORDS.get(item.tier, item.tier):<11}")
        line.append(f"{record:<17}", style="cyan")
        line.append(f"{wording.short_time(item.utc)[5:]}  ")
        line.append(_safe(item.title), style="strike" if item.excused_by else "")
        line.append(wording.recovered_mark(view, *(entry.id for entry in item.evidence)))
        if item.excused_by:
            line.append(f" (excused by {_safe(item.excused_by)})")
        yield line
    if (rest := len(ranked) - _FINDINGS) > 0:
        yield Text(f" and {wording.count(rest, 'more finding')} in the report")


def _coverage(view: View) -> Iterator[Text]:
    touched = {host for story in view.stories if not story.background for host in story.target_hosts}
    ranked = sorted(view.coverage.hosts, key=lambda host: (host.host not in touched, host.host))
    for host in ranked[:_HOSTS]:
        line = Text("Coverage ", style="bold")
        line.append(f"{host.grade} {_safe(host.host, 60)}  ")
        line.append(_safe(_proofs(host)))
        yield line
    if (rest := len(ranked) - _HOSTS) > 0:
        yield Text(f"         and {wording.count(rest, 'more host')} in the report")
    text = f"Intake   {wording.intake_text(view)}"
    remarked = {item.file for item in view.intake.files if item.reason} | {
        item.file for item in view.intake.issues
    }
    text += f"; remarks on {wording.count(len(remarked), 'file')}" if remarked else ""
    yield Text(text)
    if window := wording.window_text(view):
        yield Text(f"Window   {window}")
    for sign in sorted(view.coverage.tamper, key=lambda item: not item.scored)[:1]:
        more = len(view.coverage.tamper) - 1
        yield Text(
            _safe(
                f"Integrity {sign.host} {wording.short_time(sign.utc)} {sign.what}{f', {more} more' if more else ''}"
            )
        )


def _sheets(view: View) -> Iterator[Text]:
    """One line a sheet that has rows: its title and the start of what it says."""
    for sheet in view.sheets:
        if sheet.rows:
            yield Text(_safe(sheet.title), style="bold").append(f": {_safe(sheet.summary)}")


def _proofs(host: HostView) -> str:
    """How many capabilities are proved, and which are not."""
    gaps = [
        f"{PROOF_SIGNS.get(item.proof, '?')}{item.name.replace('_', '-')}"
        for item in host.capabilities
        if item.proof != "on"
    ]
    if not host.capabilities:
        return host.grade_reason
    proved = f"{len(host.capabilities) - len(gaps)} of {len(host.capabilities)} proved"
    return f"{proved}, not: {' '.join(gaps)}" if gaps else proved


def _open_ends(view: View, width: int) -> Iterator[Text]:
    for item in view.unknowns[:_UNKNOWNS]:
        yield Text("Not known ", style="bold").append(_safe(item))
    if (rest := len(view.unknowns) - _UNKNOWNS) > 0:
        yield Text(f"          and {rest} more in the report")
    for number, item in enumerate(view.next_actions, 1):
        first, *rest_ = _begun(item, width - 10, _NEXT_LINES)
        yield Text(f"Next {number}    ", style="bold").append_text(first)
        yield from (Text(" " * 10).append_text(line) for line in rest_)
    if view.hold is not None:
        first, *rest_ = _wrapped(view.hold.text, width - 10, _NEXT_LINES)
        yield Text("Deadline  ", style="bold").append_text(first)
        yield from (Text(" " * 10).append_text(line) for line in rest_)
    for change in view.would_change:
        then = wording.decided_text(change.outcome, change.rule)
        first, *rest_ = _wrapped(f"{change.fact}: then {then}", width - 11, _NEXT_LINES)
        yield Text("Changes if ", style="bold").append_text(first)
        yield from (Text(" " * 11).append_text(line) for line in rest_)


def _foot(view: View) -> Iterator[Text]:
    yield Text(_safe(view.time_zone))
    yield Text(f"Magistrate {view.version}, playbook {_safe(view.playbook)}, case hash {view.case_hash[:16]}")
