"""What a NO was looked for in: queries, window, hosts and number of records, so that a negative can be weighed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.rows import number, text
from magistrate.answers.answer import Scan, State

if TYPE_CHECKING:
    from magistrate.answers.answer import Answer
    from magistrate.answers.inquiry import Inquiry
    from magistrate.playbooks.model import Question

SHOWN = 4
"""Hosts named in the sentence; the scan holds all."""


def with_scan(inquiry: Inquiry, question: Question, answer: Answer) -> Answer:
    """The answer with its scan, and the sentence that says it, when it is a NO; any other answer as it is."""
    if answer.state is not State.NO:
        return answer
    scan = _scan(inquiry, question, answer)
    return replace(answer, scan=scan, text=f"{answer.text} {_sentence(scan)}")


def _scan(inquiry: Inquiry, question: Question, answer: Answer) -> Scan:
    asked = {item.story_id for item in answer.basis}
    stories = [story for story in inquiry.stories if story.id in asked]
    first = min((story.first for story in stories if story.first), default=None)
    last = max((story.last for story in stories if story.last), default=None)
    search = question.searched
    since = inquiry.coverage.first or first
    if search.before_hours is not None and first is not None:
        since = first - timedelta(hours=search.before_hours)
    # A window that ends before the activity counts back from its start.
    end = last if search.after_hours >= 0 else first
    until = end + timedelta(hours=search.after_hours) if end else inquiry.coverage.last
    wanted = {inquiry.hosts.key_of(host) or host for story in stories for host in story.hosts}
    wanted |= {activity.host for story in stories for activity in story.activities}
    wanted |= {key for story in stories if (key := inquiry.source_key(story))}
    counts: dict[str, int] = {}
    if since is not None and until is not None:
        rows = inquiry.rows("scanned", {"since": since, "until": until})
        counts = {host: number(row, "events") or 0 for row in rows if (host := text(row, "host")) in wanted}
    return Scan(search.queries, since, until, tuple(sorted(counts)), sum(counts.values()))


def _sentence(scan: Scan) -> str:
    hosts = ", ".join(scan.hosts[:SHOWN]) or "no host"
    more = f" and {len(scan.hosts) - SHOWN} more" if len(scan.hosts) > SHOWN else ""
    span = " to ".join(
        f"{at:%Y-%m-%d %H:%M:%S}" if at else "an unknown time" for at in (scan.since, scan.until)
    )
    records = f"{scan.events:,} record{'' if scan.events == 1 else 's'}"
    return f"Scanned: {records} of {hosts}{more}, {span} UTC."
