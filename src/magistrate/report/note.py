"""The escalation note: at most 25 plain lines that go into a ticket unchanged (triage practice, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.defuse import for_fence

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        *_numbered("WHY (evidence):", _why(view)),
        _answers(view),
        *_not_known(view),
        _scope(view),
        f"DONE: evidence read only and hashed: {wording.count(len(view.intake.files), 'file')}, "
        f"{wording.intake_text(view)}. Nothing was run on any host.",
        _asked(view),
        *_numbered(f"DEADLINE/NEXT: {_deadline(view)}", view.next_actions),
        *(
            f"CHANGES IF: {item.fact} -> {wording.decided_text(item.outcome, item.rule)}"
            for item in view.would_change[:3]
        ),
        f"PACK: magistrate {view.version}, playbook {view.playbook}, case hash {view.case_hash[:16]}",
    ]
    return tuple(for_fence(line, _LINE) for line in _fitting(lines))


def _fitting(lines: list[str]) -> list[str]:
    """Not more than the note may have; the last line, which names the pack, always stays."""
    filled = [line for line in lines if line]
    return filled if len(filled) <= MAX_LINES else [*filled[: MAX_LINES - 1], filled[-1]]


def _numbered(head: str, items: Sequence[str]) -> list[str]:
    """The items below their head; nothing without items."""
    return [head, *(f" {number}) {item}" for number, item in enumerate(items, 1))] if items else []


def _title(view: View, lead: StoryView | None) -> str:
    own, *linked = view.techniques or (view.technique,)
    path = f"{own} > {wording.listing(tuple(linked), shown=5)}" if linked else own
    head = f"[{view.severity or view.disposition}][{path}]"
    if lead is None:
        return f"{head} No WMI activity observed"
    who = lead.account.name if lead.account else "an undetermined account"
    source = " / ".join(item for item in (lead.source_ip, lead.source_host) if item) or lead.class_.lower()
    kind = "Remote WMI execution" if lead.class_ == "REMOTE" else "WMI execution"
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
    return list(cited.values())[:shown]


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
    """What is missing and how to get it; the decision's own unknowns where no answer says more."""
    open_first = sorted(view.answers, key=lambda item: item.state not in ("UNKNOWN", "CONFLICT"))
    commands = {item.what: item.command for answer in open_first for item in answer.missing}
    known = [f"{what} -> {command}" for what, command in commands.items()]
    known += [item for item in view.unknowns if not any(what in item for what in commands)]
    return [f"NOT KNOWN: {item}" for item in known[:shown]]


def _asked(view: View, shown: int = 2) -> str:
    """What waits for somebody's approval, or for data."""
    escalated = view.disposition.startswith("ESCALATE")
    planned = [
        item for item in view.containment if escalated and item.state == "planned" and item.about != "case"
    ]
    asked = [f"{item.title}? approval: {item.approver}" for item in planned[:shown]]
    if len(planned) > shown:
        asked.append(f"{wording.count(len(planned) - shown, 'more card')} in the plan")
    return f"ASKED: {'; '.join(asked or view.request[:shown])}" if asked or view.request else ""


def _deadline(view: View) -> str:
    if view.hold is not None:
        return view.hold.text
    return "none" if view.deadline_minutes is None else f"within {view.deadline_minutes} minutes"


def _scope(view: View) -> str:
    active = [story for story in view.stories if not story.background]
    hosts = tuple(sorted({host for story in active for host in story.target_hosts}))
    accounts = tuple(sorted({story.account.name for story in active if story.account}))
    times = [moment for story in active for moment in (story.first, story.last) if moment]
    window = wording.span(min(times), max(times)) if times else "none"
    return (
        f"SCOPE: hosts {wording.listing(hosts)}; accounts {wording.listing(accounts)}; window {window}{_set_aside(view)}; "
        f"persistence {_persistence(view)}; coverage {_coverage(view)}"
    )


def _set_aside(view: View) -> str:
    text = wording.window_text(view)
    return f" ({text})" if text else ""


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
    return f"{wording.listing(grades, shown=5)}, {wording.count(view.coverage.lost_records, 'record')} lost{integrity}"
