"""A text that is not read is told by what it is."""

from __future__ import annotations

import pytest

from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.sources.text_kinds import unknown_text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<?xml version='1.0'?><Task><Triggers/></Task>", "other xml"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"<Event><System>" + b"x" * 5000, "broken event xml"),
        (b"name,price\r\nexample,1\r\n", "other csv"),
        ("\ufeffname;price\n".encode("utf-16-le"), "other csv"),
    ],
)
def test_a_foreign_text_is_named(content, kind):
    assert unknown_text(content)[0] == kind


@pytest.mark.parametrize(
    "content", [b"", b"plain words", b"1,2,3\n4,5,6\n", b"\x00\x01\x02,\x03", b"sep=;\n"]
)
def test_what_is_neither_markup_nor_a_table_is_not_named(content):
    assert unknown_text(content) is None


def test_intake_refuses_a_foreign_table_with_one_clear_sentence(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_bytes(b"name,price\r\nexample,1\r\n")
    (file,) = collect([path], tmp_path / "out", IntakeOptions()).files

    assert (file.format, file.loaded) == ("other csv", 0)
    assert file.reason == (
        "This is a table (CSV), but its header is that of no event export that is read. "
        "Export the log as EVTX with wevtutil epl."
    )
