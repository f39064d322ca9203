"""Short ways to write rules and events in the tests of the rule engine."""

from __future__ import annotations

import json
import textwrap
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from magistrate.sigma import load_rules, match_rules
from magistrate.sources.normalise import normalise_raw
from magistrate.store.duckdb import DuckDBStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from magistrate.sigma.model import Matches, RuleSet

SYSMON = "Microsoft-Windows-Sysmon/Operational"
PROVIDERS = {SYSMON: "Microsoft-Windows-Sysmon", "Security": "Microsoft-Windows-Security-Auditing"}
T0 = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
_ID = "00000000-0000-4000-8000-{:012d}"


def rule_id(number: int) -> str:
    return _ID.format(number)


def rule_text(
    detection: str,
    number: int = 1,
    logsource: str = "{product: windows, category: process_creation}",
    **more: str,
) -> str:
    """YAML of a rule: `detection` is the inside of that section, not indented."""
    lines = [
        f"title: {more.pop('title', f'rule {number}')}",
        f"id: {rule_id(number)}",
        f"logsource: {logsource}",
    ]
    lines += [f"{key}: {value}" for key, value in more.items()]
    body = textwrap.indent(textwrap.dedent(detection).strip(), "  ")
    return "\n".join(lines) + "\ndetection:\n" + body + "\n"


def load(folder: Path, *texts: str, **options: Any) -> RuleSet:
    """Write each text as a file and load the folder."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"r{number:04}.yml").write_text(text, encoding="utf-8")
    return load_rules([folder], **options)


def event(number: int, data: dict[str, str | None] | None = None, **columns: Any) -> dict[str, Any]:
    """A process creation of Sysmon unless the columns say otherwise.

    `data` is the recorded event data; with it the row is what intake makes of such a record, columns included.
    """
    row: dict[str, Any] = {
        "Computer": "ws01.corp.example",
        "Channel": SYSMON,
        "Provider": "Microsoft-Windows-Sysmon",
        "EventID": 1,
        "RecordId": number,
    }
    made: dict[str, Any] = {"category": "process_creation", "host": "ws01.corp.example"}
    if data is not None:
        given = row | {name: columns[name] for name in ("Channel", "EventID", "Computer") if name in columns}
        provider = PROVIDERS.get(given["Channel"], "")
        made = normalise_raw(given | {"Provider": provider, "Time": "2024-03-04T08:00:00Z", "data": data})
        made.setdefault("category", "other")
        made |= {"event_data": json.dumps(data), "Provider": provider or None}
    made |= {"evidence_id": f"{number:016x}", "Timestamp": T0 + timedelta(seconds=number), "file": "a.evtx"}
    return row | made | columns


def matches(rules: RuleSet, rows: Iterable[dict[str, Any]], **options: Any) -> Matches:
    with DuckDBStore.in_memory(rows) as store:
        return match_rules(store, rules, **options)


def hit_numbers(found: Matches) -> dict[str, list[int]]:
    """Numbers of the events that each rule matched, by the number of the rule."""
    return {
        str(int(item.rule.id[-12:])): [int(hit.evidence.evidence_id, 16) for hit in item.hits]
        for item in found.rules
    }
