"""The words that every report uses: the same phrase for the same state, every time.

Source: triage practice 2.6 (fixed phrases of uncertainty) and 2.13 (templates). Nothing here computes a fact.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from magistrate.activity.model import OriginClass

if TYPE_CHECKING:
    from magistrate.activity.model import Identity, Story
    from magistrate.report.coverage_view import IntakeView
    from magistrate.report.view import View

CONFIRMED = "confirmed by"
RECOVERED = "(recovered from slack)"
CONSISTENT = "consistent with"
NOT_OBSERVED_COVERED = "not observed, coverage proved"
NOT_OBSERVED_NOT_COVERED = "not observed, not covered"
CONFLICTING = "conflicting"

TIER_WORDS = {"D": "decisive", "S": "strong", "W": "weak", "M": "mitigating"}
# The act that says most about a session is named; later in this list = named first.
_ACTS = {
    "other": "used WMI",
    "query": "queried WMI",
    "registry": "changed the registry through WMI",
    "method": "called WMI methods",
    "subscription": "set up WMI event subscriptions",
    "delete": "deleted objects through WMI",
    "process_create": "started processes through WMI",
}
NOT_ATTRIBUTION = "Technique overlap does not attribute: tools are listed, not culprits."


def utc_text(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds and `Z`; None stays None.

    Raises:
        ValueError: the time has no zone.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time without a zone reached a report")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def short_time(text: str | None) -> str:
    """A time for people: `2026-03-02 10:00:01`; `time unknown` when there is none."""
    return text[:19].replace("T", " ") if text else "time unknown"


def span(first: str | None, last: str | None) -> str:
    """From-to for people; the day is not repeated."""
    start, end = short_time(first), short_time(last)
    if start == end or not last:
        return f"{start} UTC" if first else start
    return f"{start} to {end[11:] if start[:10] == end[:10] else end} UTC"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 act`, `2 acts`, `1,234 acts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Text with exactly one full stop at its end."""
    return f"{text.rstrip().rstrip('.')}."


def listing(values: tuple[str, ...], shown: int = 4, empty: str = "none") -> str:
    """`a, b, c and 5 more`."""
    if not values:
        return empty
    rest = len(values) - shown
    return ", ".join(values[:shown]) + (f" and {rest} more" if rest > 0 else "")


def techniques_text(techniques: tuple[str, ...], shown: int = 5) -> str:
    """`T1047, linked T1021.003, T1490`."""
    linked = f", linked {listing(techniques[1:], shown)}" if len(techniques) > 1 else ""
    return f"{techniques[0]}{linked}" if techniques else ""


def finding_name(code: str, finding_id: str) -> str:
    """A finding for people: its code; with the id where the id does not already start with the code."""
    return code if finding_id.startswith(f"{code}-") or not finding_id else f"{code} {finding_id}".strip()


def shortened(command: str, limit: int = 110) -> str:
    """Start and end of a long text; the full text stands with the act or record."""
    if len(command) <= limit:
        return command
    hidden = len(command) - limit
    return f"{command[: limit * 2 // 3]} <{hidden:,} characters> {command[-(limit // 3) :]}"


_LIST_ITEM = re.compile(r"%%\d{1,6}|[A-Za-z][A-Za-z0-9]*")
_LIST_BREAK = re.compile(r"\s*[\r\n\t]+\s*")


def recorded_list(value: str) -> str:
    """A list that Windows records with line breaks (privileges, access rights) with commas instead.

    Only bare words are taken for a list: any other text keeps its line breaks, so that nothing can hide behind them.
    """
    items = _LIST_BREAK.split(value.strip())
    return ", ".join(items) if len(items) > 1 and all(map(_LIST_ITEM.fullmatch, items)) else value


_CODE_AND_ID = re.compile(r"\b([DSWM]\d{1,2}) \(\1-[0-9a-f]{16}\)")


def recovered_mark(view: View, *evidence_ids: str) -> str:
    """The label of records from slack, with a blank in front; empty when none of these is one."""
    return f" {RECOVERED}" if any(name in view.recovered_ids for name in evidence_ids) else ""


def codes_only(text: str) -> str:
    """`D1 (D1-0123456789abcdef)` as `D1`: the id stands with the finding."""
    return _CODE_AND_ID.sub(r"\1", text)


def window_text(view: View) -> str:
    """What --from and --to set aside, as a sentence; empty when the whole evidence was judged."""
    if not view.window_from and not view.window_to:
        return ""
    ends = [f"before {short_time(view.window_from)}"] if view.window_from else []
    ends += [f"after {short_time(view.window_to)}"] if view.window_to else []
    outside = sum(item.outside_window for item in view.intake.files)
    return f"{count(outside, 'record')} {' or '.join(ends)} UTC not judged"


def intake_text(view: View) -> str:
    """How many records of a case were found and what became of them."""
    return intake_counts(view.intake)


def intake_counts(intake: IntakeView) -> str:
    """How many records were found and what became of them; what is zero is not said, but for the loaded."""
    read = sum(item.recovered_read for item in intake.files)
    shares = (
        (intake.duplicate, "duplicate"),
        (read, "recovered from slack"),
        (intake.recovered - read, "in slack (not used)"),
        (intake.bad + intake.refused, "lost"),
    )
    parts = [f"{count(intake.found, 'record')} found", f"{intake.loaded:,} loaded"]
    return ", ".join([*parts, *(f"{number:,} {share}" for number, share in shares if number)])


def source_text(story: Story) -> str:
    """Where the session came from, in words."""
    known = [part for part in (story.source_host, story.source_ip) if part]
    if len(known) == 2:
        return f"{known[0]} ({known[1]})"
    if known:
        return known[0]
    if story.origin is OriginClass.LOCAL:
        return "the host itself"
    return "an unknown source"


def story_sentence(story: Story, telling: tuple[str, ...] = ()) -> str:
    """One sentence: who, from where, did what, where, when, in which form.

    Args:
        story: the session.
        telling: ids of activities whose command says most, the most telling first.
    """
    who = story.account.name if story.account else "An account that cannot be determined"
    operations = {activity.operation for activity in story.activities}
    act = next((text for name, text in reversed(_ACTS.items()) if name in operations), _ACTS["other"])
    where = listing(story.target_hosts, empty="an unknown host")
    times = span(utc_text(story.first), utc_text(story.last))
    spoken = [item for item in story.activities if item.command and not item.background]
    ranks = {name: rank for rank, name in reversed(list(enumerate(telling)))}
    spoken.sort(key=lambda item: ranks.get(item.id, len(telling)))
    command = next((item.command for item in spoken), None)
    shape = f": {shortened(command)}" if command else ""
    acts = count(len(story.activities), "act")
    return f"{who}, from {source_text(story)}, {act} on {where} ({acts}, {times}){shape}"


def identity_sentence(identity: Identity, host: str) -> str:
    """Who acted and how that is known, in the fixed form."""
    if identity.account is None:
        return (
            f"The acting account cannot be determined from this data: {identity.reason}. "
            "The Subject shown in the event is the WMI service, not the person."
        )
    account = identity.account
    parts = [f"Acts on {host} ran as {account.name}"]
    if account.sid:
        parts.append(f" (SID {account.sid})")
    if account.logon_id is not None:
        parts.append(f", logon {account.logon_id:#x}")
    if identity.logon_type is not None:
        parts.append(f", type {identity.logon_type}")
    if identity.package:
        parts.append(f", {identity.package}")
    if identity.source_ip or identity.source_host:
        names = [part for part in (identity.source_host, identity.source_how) if part]
        parts.append(f", from {identity.source_ip or identity.source_host}")
        parts.append(f" ({', '.join(names)})" if names and identity.source_ip else "")
    ids = ", ".join(sorted({item.evidence_id for item in identity.evidence}))
    proof = f"; {ids}" if ids else ""
    return f"{''.join(parts)}. Join: {identity.join.value}{proof}. Confidence {identity.confidence.value}: {identity.reason}"


def not_observed_sentence(
    records: int, hosts: int, capabilities: dict[str, bool], first: str | None, last: str | None
) -> str:
    """What can be said when no WMI activity was found.

    Args:
        records: records loaded.
        hosts: hosts with coverage.
        capabilities: whether each capability was proved on every host.
        first: time of the first record.
        last: time of the last record.
    """
    if not records:
        return "No record could be loaded, so nothing can be said about WMI activity"
    proved = [name.replace("_", " ") for name, is_proved in capabilities.items() if is_proved]
    open_ = [name.replace("_", " ") for name, is_proved in capabilities.items() if not is_proved]
    said = [f"{NOT_OBSERVED_COVERED} for {', '.join(proved)}"] if proved else []
    if open_ or not proved:
        said.append(f"{NOT_OBSERVED_NOT_COVERED} by {', '.join(open_) or 'any capability'}")
    when = f", {span(first, last)}" if first else ""
    return f"WMI activity: {'; '.join(said)} ({count(records, 'record')} of {count(hosts, 'host')}{when})"


def decided_text(disposition: str, rule: str) -> str:
    """`CLOSE-BENIGN by R8`; the disposition alone where no rule is named."""
    return f"{disposition} by {rule}" if rule else disposition
