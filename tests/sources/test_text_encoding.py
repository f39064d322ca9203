"""The encoding of a text is found by its bytes."""

from __future__ import annotations

import io

import pytest

from magistrate.sources.text_encoding import as_utf8, detect_encoding, encoding_note, read_head, visible_text

TEXT = "<Events>\r\n<Event>grün</Event>\r\n</Events>"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_t_json_3_a_text_is_read_in_its_own_encoding(name):
    content = TEXT.encode(name)
    stream = as_utf8(io.BytesIO(content), detect_encoding(content))

    assert stream.read().decode("utf-8-sig").lstrip("\ufeff") == TEXT


def test_the_declaration_speaks_where_the_bytes_are_no_utf_8():
    assert detect_encoding(b'<?xml version="1.0" encoding="windows-1252"?><a>gr\xfcn</a>') == "windows-1252"


def test_a_declaration_against_the_bytes_is_not_believed():
    assert detect_encoding(b'<?xml version="1.0" encoding="utf-16"?><a>plain</a>') == "utf-8"


@pytest.mark.parametrize("name", ["zlib_codec", "rot13", "unicode_escape", "no-such", "punycode"])
def test_a_declaration_of_something_else_than_text_is_not_followed(name):
    assert detect_encoding(b'<?xml encoding="' + name.encode() + b'"?><a>\xff</a>') == "utf-8"


def test_a_code_page_is_taken_when_the_bytes_are_no_utf_8():
    assert detect_encoding("レベル,ソース".encode("cp932"), ("cp932",)) == "cp932"


def test_only_another_encoding_than_utf_8_is_told():
    assert [encoding_note(name) for name in ("utf-8", "cp932")] == [None, "The text is CP932."]


def test_the_head_is_read_without_moving_on():
    stream = io.BytesIO(b"abcdef")

    assert (read_head(stream, 3), stream.tell()) == (b"abc", 0)


def test_bytes_that_are_no_text_are_shown():
    assert visible_text(b"a\xffb") == ("a\\xffb", True)
