"""The escalation note: at most 25 plain lines that go into a ticket unchanged (triage practice, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.defuse import for_fence

if TYPE_CHECKING:
    from magistrate.report.view import EvidenceView, StoryView, View

MAX_LINES = 25
_LINE = 320
# Fields quoted first of a record: what was done, then by whom and from where.
_TELLING = (
    "CommandLine",
    "ScriptBlockText",
    "TargetFilename",
    "Image",
    "User",
    "SourceIp",
    "LogonId",
    "ParentImage",
)
_RANK = {name: rank for rank, name in enumerate(_TELLING)}


def note_lines(view: View) -> tuple[str, ...]:
    """The note line by line; every line is inert plain text."""
    lead = next((story for story in view.stories if not story.background), None)
    lines = [
        _title(view, lead),
        f"WHAT: {view.sentence}",
        _verdict(view),
        *_why(view),
        _answers(view),
        *_not_known(view),
        _scope(view),
        _coverage(view),
        f"DONE: evidence read only and hashed: {wording.count(len(view.intake.files), 'file')}, "
        f"{wording.intake_text(view)}. Nothing was run on any host.",
        f"WINDOW: {window}" if (window := wording.window_text(view)) else "",
        *(f"NEXT {number}: {action}" for number, action in enumerate(view.next_actions, 1)),
    ]
    if view.hold is not None:
        lines.append(f"DEADLINE: {view.hold.text}")
    lines += [
        f"CHANGES IF: {item.fact} -> {wording.decided_text(item.outcome, item.rule)}"
        for item in view.would_change[:3]
    ]
    lines.append(
        f"PACK: magistrate {view.version}, playbook {view.playbook}, case hash {view.case_hash[:16]}"
    )
    return tuple(for_fence(line, _LINE) for line in _fitting(lines))


def _fitting(lines: list[str]) -> list[str]:
    """Not more than the note may have; the last line, which names the pack, always stays."""
    filled = [line for line in lines if line]
    return filled if len(filled) <= MAX_LINES else [*filled[: MAX_LINES - 1], filled[-1]]


def _title(view: View, lead: StoryView | None) -> str:
    head = (
        f"[{view.severity or view.disposition}][{wording.techniques_text(view.techniques) or view.technique}]"
    )
    if lead is None:
        return f"{head} No WMI activity observed"
    who = lead.account.name if lead.account else "an undetermined account"
    source = " / ".join(item for item in (lead.source_ip, lead.source_host) if item) or lead.class_.lower()
    kind = "Remote WMI" if lead.class_ == "REMOTE" else "WMI"
    return f"{head} {kind} on {wording.listing(lead.target_hosts)} by {who} from {source}"


def _verdict(view: View) -> str:
    codes = {item.id: item.code for item in view.findings}
    deciding = ", ".join(dict.fromkeys(codes.get(name, name) for name in view.deciding))
    others = ", ".join(
        dict.fromkeys(
            item.code for item in view.findings if item.id not in view.deciding and item.tier != "M"
        )
    )
    against = ", ".join(dict.fromkeys(codes.get(name, name) for name in view.against))
    text = f"VERDICT: {view.disposition}, confidence {view.confidence} - rule {view.rule}"
    text += f" ({deciding})" if deciding else ""
    text += f"; also {others}" if others else ""
    return text + (f"; against: {against}" if against else "")


def _why(view: View, shown: int = 4) -> list[str]:
    """The records behind the decision: those of deciding findings first."""
    ranked = sorted(
        (item for item in view.findings if item.tier != "M"), key=lambda item: (not item.deciding, item.code)
    )
    cited: dict[str, str] = {}
    for depth in range(shown):  # the first record of each finding, then the second of each, and so on
        for finding in ranked:
            for item in finding.evidence[depth : depth + 1]:
                cited.setdefault(
                    item.id, f"{finding.code}: {_record(item)}{wording.recovered_mark(view, item.id)}"
                )
    return [f"WHY {number}: {text}" for number, text in enumerate(list(cited.values())[:shown], 1)]


def _record(item: EvidenceView) -> str:
    number = f" #{item.record_id}" if item.record_id is not None else ""
    quoted = sorted(item.quoted, key=lambda pair: _RANK.get(pair.field, len(_RANK)))  # the sort is stable
    fields = " ".join(
        f"{pair.field}={wording.shortened(wording.recorded_list(pair.value))}" for pair in quoted[:3]
    )
    return f"{item.channel} {item.event_id}{number} on {item.host} at {wording.short_time(item.utc)} {fields} [{item.id}]"


def _answers(view: View) -> str:
    if not view.answers:
        return ""
    said = " | ".join(f"{item.id} {item.pattern or item.state}" for item in view.answers)
    return f"ANSWERS: {said}"


def _not_known(view: View, shown: int = 3) -> list[str]:
    commands = {item.what: item.command for answer in view.answers for item in answer.missing}
    known = [f"NOT KNOWN: {item}" for item in view.unknowns[:shown]]
    if not known:
        known = [f"NOT KNOWN: {what} -> {command}" for what, command in list(commands.items())[:shown]]
    return known


def _scope(view: View) -> str:
    active = [story for story in view.stories if not story.background]
    hosts = tuple(sorted({host for story in active for host in story.target_hosts}))
    accounts = tuple(sorted({story.account.name for story in active if story.account}))
    times = [moment for story in active for moment in (story.first, story.last) if moment]
    window = wording.span(min(times), max(times)) if times else "none"
    return (
        f"SCOPE: hosts {wording.listing(hosts)}; accounts {wording.listing(accounts)}; window {window}; "
        f"persistence {_persistence(view)}"
    )


def _persistence(view: View) -> str:
    if found := [item.code for item in view.findings if item.family.upper().startswith("PERSIST")]:
        return ", ".join(dict.fromkeys(found))
    proofs = {
        item.proof
        for host in view.coverage.hosts
        for item in host.capabilities
        if item.name == "subscription"
    }
    return wording.NOT_OBSERVED_COVERED if proofs == {"on"} else wording.NOT_OBSERVED_NOT_COVERED


def _coverage(view: View) -> str:
    grades = tuple(f"{host.host} {host.grade}" for host in view.coverage.hosts)
    signs = len(view.coverage.tamper)
    integrity = f"; {wording.count(signs, 'sign')} of missing or cleared logs" if signs else ""
    return f"COVERAGE: {wording.listing(grades, shown=5)}; {wording.count(view.coverage.lost_records, 'record')} lost{integrity}"
