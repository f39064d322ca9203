"""A header tells which export a table is."""

from __future__ import annotations

import pytest

from magistrate.sources.csv_layouts import code_pages, find_table, is_in_front, table_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Level,Date and Time,Source,Event ID,Task Category\r\n", "Event Viewer CSV (English)"),
        ("Keywords;Date and Time;Source;Event ID;Task Category\r\n", "Event Viewer CSV (English)"),
        ("キーワード,日付と時刻,ソース,イベント ID,タスクのカテゴリ\n", "Event Viewer CSV (Japanese)"),
        ('#TYPE System.Object\r\n"Message","Id","TimeCreated"\r\n', "Get-WinEvent CSV"),
        ("sep=;\r\nMessage;Id;TimeCreated\r\n", "Get-WinEvent CSV"),
        ("\ufeffEventID\tChannel\tComputer\n", "Table of events"),
    ],
)
def test_a_known_header_is_recognised(text, title):
    assert find_table(text).title == title


@pytest.mark.parametrize(
    "text", ["", "a,b,c\n1,2,3\n", "EventID,Title\n", "Id,Message\n", '"EventID,Channel\n', "#TYPE only"]
)
def test_another_header_is_not_taken(text):
    assert find_table(text) is None


def test_cells_of_a_row_are_no_header():
    assert table_of(["Information", "3/3/2026", "Sysmon", "1"], ",") is None


def test_lines_in_front_of_a_header_are_known():
    assert [is_in_front(line) for line in ("", "#TYPE x", "sep=,", "a,b")] == [True, True, True, False]


def test_a_japanese_host_writes_its_own_code_page():
    assert "cp932" in code_pages()
