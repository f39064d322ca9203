"""Claims about baseline files."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.history.test_model import DAY, ROW

from magistrate.errors import SchemaVersionError, SourceError, UsageError
from magistrate.history import file as history_file
from magistrate.history.file import read_history, write_history
from magistrate.history.model import History, Learned

HISTORY = History((ROW,), (Learned("case7", "case", "CLOSE-BENIGN", DAY, DAY, 2, "d" * 64),))


def test_what_is_written_is_read(tmp_path):
    write_history(HISTORY, tmp_path / "site.history")

    found = read_history(tmp_path / "site.history")

    assert (found.name, found.history) == ("site.history", HISTORY)


def test_the_same_history_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_history(HISTORY, tmp_path / name)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_empty_history_is_a_history(tmp_path):
    write_history(History(), tmp_path / "h")

    assert read_history(tmp_path / "h").history == History()


def test_nothing_is_left_beside_the_file(tmp_path):
    write_history(HISTORY, tmp_path / "h")

    assert [path.name for path in tmp_path.iterdir()] == ["h"]


def test_a_missing_file_and_a_missing_folder_are_usage_errors(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_history(tmp_path / "h")
    with pytest.raises(UsageError, match="cannot be written"):
        write_history(HISTORY, tmp_path / "no" / "h")


def test_another_version_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(history_file, "SCHEMA", "magistrate.history/9")
    write_history(HISTORY, tmp_path / "h")
    monkeypatch.undo()

    with pytest.raises(SchemaVersionError, match="history/9"):
        read_history(tmp_path / "h")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 4000))
def test_any_bytes_are_refused_in_words(tmp_path, content, place):
    """T-CASE-5: a history from another person is untrusted."""
    write_history(HISTORY, tmp_path / "h")
    whole = (tmp_path / "h").read_bytes()
    place = min(place, len(whole))
    (tmp_path / "h").write_bytes(whole[:place] + content + whole[place + len(content) :][: len(whole)])
    try:
        found = read_history(tmp_path / "h").history
    except (SourceError, SchemaVersionError):
        return

    assert len(found.rows) <= 1
