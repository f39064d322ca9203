"""Delimited text is split so that one broken row costs one row."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.delimited import BadRow, Row, read_cells, split_rows

LIMIT = 10_000


def split(text: str | bytes, delimiter: str = ",", limit: int = LIMIT) -> list[Row | BadRow]:
    content = text.encode() if isinstance(text, str) else text
    return list(split_rows(io.BytesIO(content), delimiter, limit))


def cells(text: str | bytes, delimiter: str = ",") -> list[list[str] | None]:
    return [item.cells if isinstance(item, Row) else None for item in split(text, delimiter)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_t_csv_1_every_delimiter_is_read(delimiter):
    assert cells(f"a{delimiter}b\r\n1{delimiter}2\r\n", delimiter) == [["a", "b"], ["1", "2"]]


def test_t_csv_1_a_mark_of_the_byte_order_is_no_part_of_a_cell():
    assert cells(b"\xef\xbb\xbfa,b\r\n") == [["a", "b"]]


def test_t_csv_1_a_quoted_line_end_stays_in_its_cell():
    assert cells('a,"1\r\n2"\r\nb,3') == [["a", "1\r\n2"], ["b", "3"]]


def test_blank_lines_are_no_rows():
    assert cells("a,b\n\n,,\n\0\n1,2\n") == [["a", "b"], ["1", "2"]]


def test_t_csv_1_a_quote_open_at_the_near_end_costs_the_tail_alone():
    rows = split('1,x\n2,y\n3,"open\n4,z\n')

    assert [isinstance(row, Row) for row in rows] == [True, True, False]
    assert "the last 2 lines are inside it" in rows[2].reason


def test_t_csv_1_a_stray_quote_far_from_the_end_costs_one_row():
    good = "".join(f"{number},x\n" for number in range(20_000))
    rows = split(f'1,x\n2,"stray\n{good}', limit=1 << 20)

    assert sum(isinstance(row, Row) for row in rows) == 20_001


def test_t_csv_1_a_quote_closed_by_a_later_row_costs_one_row():
    assert cells('1,x\n2,"open\n3,y\n4,"z"\n5,w\n') == [["1", "x"], None, ["3", "y"], ["4", "z"], ["5", "w"]]


def test_a_quoted_cell_that_looks_like_rows_stays_one_cell():
    assert cells('1,x\n2,"a\n3,forged\n"\n4,y\n') == [["1", "x"], ["2", "a\n3,forged\n"], ["4", "y"]]


def test_a_row_above_the_limit_is_refused_and_the_next_loads():
    rows = split("1,x\n2," + "y" * 20_000 + "\n3,z\n")

    assert [isinstance(row, Row) or row.refused for row in rows] == [True, True, True]
    assert rows[2].cells == ["3", "z"]


def test_many_open_quotes_take_no_long_time():
    assert len(split("1,x\n" + '2,"y\n' * 9_999, limit=1 << 20)) > 0


def test_t_json_3_bytes_that_are_no_utf_8_stay_visible():
    (row,) = split(b"a,\xff\n")

    assert (row.cells, row.flags) == (["a", "\\xff"], ("bytes that are not UTF-8, shown as \\xNN",))


def test_rows_know_their_place():
    assert [(row.line, row.offset) for row in split('a,"1\n2"\nb,3\n')] == [(1, 0), (3, 8)]


def test_quotes_that_do_not_come_out_give_no_cells():
    assert read_cells('"a"b,c', ",") is None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(['"', ",", ";", "\n", "\r\n", "1", "a,b", "\0", "x" * 50, "ü"]), max_size=60))
def test_any_pieces_give_rows_or_issues_and_every_byte_is_accounted_for(pieces):
    content = "".join(pieces).encode()
    rows = list(split_rows(io.BytesIO(content), ",", 200))

    assert all(isinstance(row, Row | BadRow) for row in rows)
    assert [row.offset for row in rows] == sorted(row.offset for row in rows)
