"""A hunt as a table for people, JSON lines for programs and CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from magistrate.report.defuse import for_csv, for_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.hunt_view import HitRow, HuntView, RuleRow, SilentRow

SHOWN_HITS = 3
SHOWN_SILENT = 5
COLUMNS = (
    "utc", "level", "source", "rule", "title", "techniques", "tactics", "host", "account", "logon_id", "source_ip",
    "channel", "event_id", "record_id", "file", "evidence_id", "more",
)  # fmt: skip


def table(view: HuntView, width: int) -> Iterator[str]:
    """Lines for a terminal: each rule with its count, span and first records."""
    for row in view.rules:
        yield from _rule_lines(row, width)
    if not view.rules:
        yield "No rule matched."
    hits = sum(row.count for row in view.rules)
    yield f"{_number(len(view.rules), 'rule')} with {_number(hits, 'hit')} in {_number(view.records, 'record')}."


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _rule_lines(row: RuleRow, width: int) -> Iterator[str]:
    title = f"{for_terminal(row.title, 400)} ({for_terminal(row.rule, 80)})"
    yield from _wrapped(f"{row.level}: {title}, {_number(row.count, 'hit')}", width, "", "    ")
    about = [", ".join(row.techniques), ", ".join(row.tactics), _hosts(row), _span(row)]
    text = for_terminal("; ".join(part for part in about if part), 400)
    yield from _wrapped(text, width, "    ", "    ")
    for hit in row.hits[:SHOWN_HITS]:
        yield from _wrapped(for_terminal(_hit_text(hit), 400), width, "    - ", "      ")


def _wrapped(text: str, width: int, first: str, then: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)


def _hosts(row: RuleRow) -> str:
    hosts = sorted({hit.host for hit in row.hits if hit.host})
    more = f" and {len(hosts) - 3} more hosts" if len(hosts) > 3 else ""
    return ", ".join(hosts[:3]) + more


def _span(row: RuleRow) -> str:
    times = [hit.utc[:19] for hit in row.hits if hit.utc]
    if not times:
        return ""
    return times[0] if times[0] == times[-1] else f"{times[0]} to {times[-1]}"


def _hit_text(hit: HitRow) -> str:
    where = f"{hit.channel} {hit.event_id}".strip() if hit.channel else "correlation"
    parts = [hit.utc or "time unknown", hit.host, where]
    if hit.account:
        parts.append(f"as {hit.account}")
    if hit.source_ip:
        parts.append(f"from {hit.source_ip}")
    return f"[{hit.evidence_id}] {' '.join(part for part in parts if part)}"


def silent_lines(view: HuntView) -> Iterator[str]:
    """Sentences on the rules that could say nothing, for stderr: counts by reason, and the first of each."""
    if not view.silent:
        return
    yield f"{_number(len(view.silent), 'rule')} said nothing about these logs, {view.evaluated:,} were evaluated:"
    for reason, count in view.silent_counts().items():
        members = [row for row in view.silent if f"{row.kind.replace('_', ' ')}: {row.reason}" == reason]
        named = ", ".join((row.title or row.where) for row in members[:SHOWN_SILENT])
        more = f" and {count - SHOWN_SILENT:,} more" if count > SHOWN_SILENT else ""
        yield for_terminal(f"  {count:,} {reason} ({named}{more})", 600)


def jsonl(view: HuntView) -> Iterator[str]:
    """One JSON object a line: hits, then rules without a word, then a summary; `kind` tells them apart."""
    for row in view.rules:
        for hit in row.hits:
            yield _json({"kind": "hit", **_about(row), **asdict(hit)})
    for silent in view.silent:
        yield _json(_silent(silent))
    counts = {f"{row.source}:{row.rule}": row.count for row in view.rules}
    yield _json(
        {
            "kind": "summary",
            "records": view.records,
            "evaluated": view.evaluated,
            "digest": view.digest,
            "counts": dict(sorted(counts.items())),
            "silent": view.silent_counts(),
        }
    )


def _silent(row: SilentRow) -> dict[str, object]:
    return {"kind": row.kind, "rule": row.rule, "title": row.title, "where": row.where, "reason": row.reason}


def _about(row: RuleRow) -> dict[str, object]:
    return {
        "level": row.level,
        "source": row.source,
        "rule": row.rule,
        "title": row.title,
        "techniques": row.techniques,
        "tactics": row.tactics,
    }


def _json(value: object) -> str:
    return json.dumps(
        value, ensure_ascii=True, sort_keys=False
    )  # ASCII: no control character, no lone surrogate


def csv_text(view: HuntView) -> str:
    """One row a hit; no cell is taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in view.rules:
        for hit in row.hits:
            values = {**_about(row), **asdict(hit)}
            writer.writerow([for_csv(_cell(values[name])) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)
