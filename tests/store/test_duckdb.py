"""Claims about the DuckDB store beyond the conformance suite."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.store.cases import event, write_case

from magistrate.errors import QueryError, StoreError
from magistrate.store.duckdb import DuckDBStore


def test_importing_the_module_does_not_load_the_engine():
    code = "import sys, magistrate.store.duckdb; print('_duckdb' in sys.modules, 'pyarrow' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown == "False False\n"


def test_a_missing_folder_is_a_store_error(tmp_path):
    with pytest.raises(StoreError, match="no events folder"):
        DuckDBStore.open(tmp_path / "nowhere")


def test_a_file_that_is_not_parquet_is_a_store_error(tmp_path):
    (tmp_path / "logon" / "x").mkdir(parents=True)
    (tmp_path / "logon" / "x" / "a.parquet").write_text("no parquet")

    with pytest.raises(StoreError, match="cannot be read"):
        DuckDBStore.open(tmp_path)


def test_a_query_cannot_read_other_files(tmp_path):
    store = DuckDBStore.open(write_case(tmp_path / "events", [event(1)]))
    with pytest.raises(QueryError, match="disabled by configuration"):
        store.query("SELECT * FROM read_text('/etc/hostname')")

    store.close()


def test_only_the_wanted_columns_are_offered(tmp_path):
    store = DuckDBStore.open(write_case(tmp_path / "events", [event(1)]), columns=["host", "EventID"])
    (row,) = store.query("SELECT * FROM event")
    store.close()

    assert list(row) == ["evidence_id", "host", "EventID", "category", "file_sha256", "file", "locator"]


def test_an_unknown_wanted_column_is_refused(tmp_path):
    with pytest.raises(StoreError, match="no column 'Nope'"):
        DuckDBStore.open(tmp_path, columns=["Nope"])


def test_an_unknown_category_is_refused():
    with pytest.raises(StoreError, match="No table is called 'nonsense'"):
        DuckDBStore.in_memory([event(1, "nonsense")])


@pytest.mark.parametrize("parts", [1, 2, 5])
@pytest.mark.parametrize("threads", [1, 2])
def test_neither_split_nor_threads_change_the_rows(tmp_path, parts, threads):
    rows = [event(number % 7, file=f"{number}.evtx") for number in range(20)]
    store = DuckDBStore.open(write_case(tmp_path / "events", rows, parts), threads=threads)
    found = store.query("SELECT RecordId, file FROM event")
    store.close()

    assert [(row["RecordId"], row["file"]) for row in found] == [
        (0, "0.evtx"), (1, "1.evtx"), (2, "16.evtx"), (3, "10.evtx"), (4, "11.evtx"), (5, "12.evtx"), (6, "13.evtx"),
    ]  # fmt: skip


def test_a_query_too_wide_for_memory_says_so(tmp_path):
    store = DuckDBStore.in_memory([event(number) for number in range(200)], memory_limit="20MiB")
    wide = "SELECT a.RecordId, b.RecordId AS b, c.RecordId AS c FROM event a CROSS JOIN event b CROSS JOIN event c"
    with pytest.raises(QueryError, match=r"x: The query needs more memory .* give the store more memory"):
        store.query(
            f"SELECT DISTINCT q.RecordId, q.b, q.c FROM ({wide}) q ORDER BY q.c, q.b, q.RecordId", name="x"
        )

    store.close()
