from __future__ import annotations

import csv
import io
import json

from magistrate.report.hunt_formats import COLUMNS, csv_text, jsonl, silent_lines, table
from magistrate.report.hunt_view import HitRow, HuntView, RuleRow, SilentRow

HOSTILE = "=HYPERLINK(1)\x1b[2J\u202e"


def hit(name="0123456789abcdef", **values):
    given = {
        "utc": "2026-03-04T09:00:00.000000Z", "host": "srv01.corp.example", "channel": "Security", "event_id": 4688,
        "record_id": 7, "file": "a.evtx", "evidence_id": name, "account": "CORP\\user05", "logon_id": "0x5000",
        "source_ip": "10.20.0.77",
    }  # fmt: skip
    return HitRow(**{**given, **values})


ONE = (hit(),)


def view(title="A rule", hits=ONE, count=None, silent=()):
    row = RuleRow(
        "sigma", "rule-1", title, "high", ("T1490",), ("impact",), len(hits) if count is None else count, hits
    )
    return HuntView((row,), silent, 10, 4, "d" * 64)


def test_a_rule_is_shown_with_count_span_and_record():
    text = "\n".join(table(view(), 80))

    assert "high: A rule (rule-1), 1 hit" in text
    assert "[0123456789abcdef] 2026-03-04T09:00:00.000000Z" in text
    assert text.endswith("1 rule with 1 hit in 10 records.")


def test_only_the_first_records_are_shown_in_a_table():
    text = "\n".join(table(view(hits=tuple(hit(f"id{number}") for number in range(9))), 80))

    assert ("[id2]" in text, "[id3]" in text) == (True, False)


def test_no_line_of_a_table_is_wider_than_asked():
    lines = list(table(view(title="long word " * 40), 60))

    assert max(map(len, lines)) <= 60


def test_nothing_found_is_said():
    assert next(table(HuntView((), (), 0, 0, None), 80)) == "No rule matched."


def test_hostile_text_reaches_no_terminal():
    text = "\n".join(table(view(title=HOSTILE, hits=(hit(account=HOSTILE),)), 80))

    assert "\x1b" not in text
    assert "\u202e" not in text


def test_json_lines_are_plain_ascii_objects():
    lines = list(jsonl(view(title=HOSTILE)))

    assert all(line.isascii() and "\x1b" not in line for line in lines)
    assert json.loads(lines[0])["title"] == HOSTILE


def test_the_last_json_line_sums_up():
    silent = (SilentRow("refused", "", "", "r.yml:1", "No detection."),)
    last = json.loads(list(jsonl(view(silent=silent, count=5)))[-1])

    assert (last["kind"], last["counts"], last["silent"]) == (
        "summary",
        {"sigma:rule-1": 5},
        {"refused: No detection.": 1},
    )


def test_csv_has_one_row_a_hit_and_no_formula():
    rows = list(csv.DictReader(io.StringIO(csv_text(view(title=HOSTILE, hits=(hit(), hit("b")))))))

    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 2
    assert rows[0]["title"].startswith("'=")


def test_silent_rules_are_named_by_reason_and_only_the_first():
    silent = tuple(
        SilentRow("not_evaluated", f"r{n}", f"Rule {n}", "windows", "no events of this log source")
        for n in range(7)
    )
    lines = list(silent_lines(view(silent=silent)))

    assert lines[0] == "7 rules said nothing about these logs, 4 were evaluated:"
    assert "Rule 4 and 2 more" in lines[1]


def test_no_silent_rule_is_not_a_word():
    assert list(silent_lines(view())) == []
