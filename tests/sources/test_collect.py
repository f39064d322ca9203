"""Intake as a whole: every record accounted for, the same store for any order and number of workers."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from magistrate.errors import UsageError
from magistrate.sources.base import FileIntake, Intake, IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore
from sources.sample_log import EVENTS, NOON, sample_log

if TYPE_CHECKING:
    from pathlib import Path

COUNTED_ONLY = 1  # the 10016 at the end of the sample events


@pytest.fixture
def take(tmp_path):
    """Take paths in, check the account of every file, and give the intake and the store's folder."""
    runs = iter(range(100))

    def run(*paths: Path, **options: object) -> tuple[Intake, Path]:
        out = tmp_path / f"store{next(runs)}"
        intake = collect(paths, out, IntakeOptions(**options))
        for file in intake.files:
            assert file.found == file.loaded + file.duplicate + file.recovered + file.bad + file.refused
        return intake, out

    return run


def only(intake: Intake) -> FileIntake:
    assert len(intake.files) == 1
    return intake.files[0]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def line(number: int, **more: object) -> bytes:
    event = {"Channel": "Security", "EventID": 4634, "Computer": "WS07", "EventRecordID": number, **more}
    return json.dumps({"TimeCreated": "2026-03-03T12:00:00Z", **event}).encode() + b"\n"


def test_a_log_is_loaded_and_stored_where_the_store_finds_it(take, tmp_path):
    intake, out = take(write(tmp_path / "a.evtx", sample_log()))

    assert len(EVENTS) == only(intake).loaded
    with DuckDBStore.open(out) as store:
        rows = store.query("SELECT COUNT(*) AS n FROM event")
        slim = store.query("SELECT COUNT(*) AS n FROM record")
    assert [{"n": len(EVENTS) - COUNTED_ONLY}] == rows
    assert [{"n": len(EVENTS)}] == slim


def test_what_no_mapping_knows_is_stored_on_request(take, tmp_path):
    _, out = take(write(tmp_path / "a.evtx", sample_log()), keep_all=True)

    with DuckDBStore.open(out) as store:
        rows = store.query("SELECT EventID, event_data FROM other")
        assert store.query("SELECT COUNT(*) AS n FROM event") == [{"n": len(EVENTS)}]
    assert [row["EventID"] for row in rows] == [10016]
    assert isinstance(json.loads(rows[0]["event_data"]), dict)


def test_evidence_is_not_changed(take, tmp_path):
    path = write(tmp_path / "a.evtx", sample_log())
    before = path.read_bytes()
    take(path)

    assert before == path.read_bytes()


def test_the_hash_is_that_of_the_file(take, tmp_path):
    path = write(tmp_path / "a.evtx", sample_log())
    intake, _ = take(path)

    assert hashlib.sha256(path.read_bytes()).hexdigest() == only(intake).sha256


def test_the_store_is_the_same_for_any_order_and_number_of_workers(take, tmp_path):
    paths = [write(tmp_path / f"in/{n}.evtx", sample_log(40, n * 40 + 1)) for n in range(3)]
    paths.append(write(tmp_path / "in/x.ndjson", line(1) + line(2)))
    _, first = take(*paths, jobs=1)
    _, second = take(*reversed(paths), jobs=3)

    assert digests(first) == digests(second)


def test_t_dup_1_the_same_log_twice_adds_nothing_and_names_both_files(take, tmp_path):
    write(tmp_path / "in/a.evtx", sample_log())
    write(tmp_path / "in/b.evtx", sample_log())
    intake, out = take(tmp_path / "in")

    assert [("in/a.evtx", len(EVENTS), 0), ("in/b.evtx", 0, len(EVENTS))] == [
        (file.file, file.loaded, file.duplicate) for file in intake.files
    ]
    with DuckDBStore.open(out) as store:
        assert [{"n": len(EVENTS)}] == store.query("SELECT COUNT(*) AS n FROM record")


def test_intake_and_store_agree_on_which_copy_is_kept(take, tmp_path):
    write(tmp_path / "in/a.ndjson", line(1) + line(2))
    write(tmp_path / "in/b.ndjson", line(2) + line(3) + line(4))
    intake, out = take(tmp_path / "in")
    with DuckDBStore.open(out) as store:
        kept = store.query("SELECT file, COUNT(*) AS n FROM record GROUP BY file ORDER BY file")

    assert {file.file: file.loaded for file in intake.files} == {row["file"]: row["n"] for row in kept}


def test_records_outside_the_window_are_counted_and_not_stored(take, tmp_path):
    path = write(tmp_path / "a.evtx", sample_log(10))
    intake, out = take(path, window_from=NOON + timedelta(seconds=2), window_to=NOON + timedelta(seconds=4))
    with DuckDBStore.open(out) as store:
        stored = store.query("SELECT RecordId FROM event ORDER BY RecordId")

    assert only(intake).outside_window == 7
    assert only(intake).loaded == 10
    assert [row["RecordId"] for row in stored] == [3, 4, 5]


def test_archives_folders_and_files_mix(take, tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("inner/a.ndjson", line(1))
        archive.writestr("b.ndjson.gz", gzip.compress(line(2), mtime=0))
    write(tmp_path / "folder/c.json", line(3))
    intake, _ = take(tmp_path / "logs.zip", tmp_path / "folder")

    assert [file.file for file in intake.files] == [
        "folder/c.json",
        "logs.zip/b.ndjson.gz/b.ndjson",
        "logs.zip/inner/a.ndjson",
    ]
    assert intake.records_loaded == 3


def test_a_file_named_twice_is_read_once(take, tmp_path):
    path = write(tmp_path / "in/a.ndjson", line(1))
    intake, _ = take(path, tmp_path / "in", path)

    assert only(intake).found == 1


def test_files_of_the_same_name_keep_their_folders_name(take, tmp_path):
    paths = [write(tmp_path / folder / "a.ndjson", line(number)) for number, folder in enumerate(("x", "y"))]
    intake, _ = take(*paths)

    assert [file.file for file in intake.files] == ["x/a.ndjson", "y/a.ndjson"]


def test_a_missing_path_beside_others_costs_only_itself(tmp_path):
    (tmp_path / "one.json").write_text(
        json.dumps({"Channel": "Security", "EventID": 4634, "Computer": "ws01"})
    )
    intake = collect([tmp_path / "one.json", tmp_path / "nowhere.evtx"], tmp_path / "out")

    assert [(item.file, item.loaded) for item in intake.files] == [("nowhere.evtx", 0), ("one.json", 1)]
    assert "nothing to read" in intake.files[0].reason


def test_a_missing_path_is_a_usage_error_that_names_it(tmp_path):
    with pytest.raises(UsageError, match=r"nothing to read.*Check the path"):
        collect([tmp_path / "absent.evtx"], tmp_path / "out")


def test_t_evtx_8_an_empty_file_is_one_clear_sentence(take, tmp_path):
    intake, _ = take(write(tmp_path / "a.evtx", b""))

    assert only(intake).reason == "The file is empty. Copy the log again."


def test_t_evtx_8_a_git_lfs_pointer_is_told_as_one(take, tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 69632\n"
    intake, _ = take(write(tmp_path / "a.evtx", pointer))

    assert "Git LFS pointer; the log itself is missing" in only(intake).reason


def test_t_evtx_8_a_foreign_file_named_evtx_is_told_as_what_it_is(take, tmp_path):
    intake, _ = take(write(tmp_path / "a.evtx", b"%PDF-1.7 and so on"))

    assert only(intake).format == "pdf document"
    assert only(intake).found == 0


def test_t_evtx_8_evtx_under_the_name_of_json_is_read(take, tmp_path):
    intake, _ = take(write(tmp_path / "a.json", sample_log()))

    assert ("evtx", len(EVENTS)) == (only(intake).format, only(intake).loaded)


def test_json_without_any_event_is_one_refusal_not_thousands(take, tmp_path):
    intake, _ = take(write(tmp_path / "package.json", b'{"name":"x"}\n{"name":"y"}\n'))

    assert len(intake.issues) == 1
    assert "none of them is a Windows event" in only(intake).reason


def test_links_in_folders_are_not_followed(take, tmp_path):
    write(tmp_path / "secret.ndjson", line(1))
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link.ndjson").symlink_to(tmp_path / "secret.ndjson")
    intake, _ = take(tmp_path / "in")

    assert "links in folders are not followed" in only(intake).reason
    assert intake.records_found == 0


def test_a_pipe_is_refused_without_being_opened(take, tmp_path):
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe.evtx")
    intake, _ = take(tmp_path / "in")

    assert "not a plain file" in only(intake).reason


def test_an_empty_folder_is_said(take, tmp_path):
    (tmp_path / "in").mkdir()
    intake, _ = take(tmp_path / "in")

    assert intake.notes == ("The folders hold no files.",)


def test_a_parquet_file_has_only_the_columns_that_its_rows_fill(take, tmp_path):
    _, out = take(write(tmp_path / "a.evtx", sample_log()))
    logon = pq.read_schema(next((out / "logon").rglob("*.parquet"))).names

    assert "LogonType" in logon
    assert "ScriptBlockText" not in logon
    with DuckDBStore.open(out) as store:
        assert store.query("SELECT DISTINCT ScriptBlockText FROM logon") == [{"ScriptBlockText": None}]


def test_nothing_but_parquet_is_left_behind(take, tmp_path):
    _, out = take(write(tmp_path / "a.evtx", sample_log()))

    assert {".parquet"} == {path.suffix for path in out.rglob("*") if path.is_file()}


def test_progress_is_told_in_words(tmp_path):
    said: list[str] = []
    collect([write(tmp_path / "a.ndjson", line(1))], tmp_path / "out", None, said.append)

    assert said == ["read 1 of 1 files: a.ndjson"]
