"""The hostile text files and archives, each by its name, against their README; logs: `test_evtx_damaged.py`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from magistrate.sources.base import FileIntake, Intake, IntakeOptions
from magistrate.sources.collect import collect

pytestmark = pytest.mark.hostile

JSON = {
    "bad-bytes": (10, 4, 0),
    "bom-crlf": (2, 0, 0),
    "deep-5000": (2, 0, 1),
    "dup-keys": (2, 0, 0),
    "hostile-field-names": (9, 0, 0),
    "line-1MiB": (3, 0, 0),
    "mixed-array-and-lines": (4, 0, 0),
    "mixed-hosts-channels": (14, 0, 0),
    "numbers": (11, 1, 0),
    "pretty-concatenated": (2, 0, 0),
    "times": (29, 0, 0),
    "utf16le-bom": (2, 0, 0),
}
ARCHIVES = {
    "bomb-1GiB.ndjson.zst": {"bomb-1GiB.ndjson": (0, "more than 1000 times its size")},
    "bomb-256MiB.zip": {"big.ndjson": (0, "more than 1000 times its size"), "ok.ndjson": (200, None)},
    "duplicate-names.zip": {
        "SECURITY.NDJSON": (1, None),
        "Security.ndjson": (200, None),
        "Security.ndjson#2": (1, None),
    },
    "links.tar": {
        "../up.ndjson": (0, "leads out of the archive"),
        "dev": (0, "a link, a device or a pipe"),
        "fifo": (0, "a link, a device or a pipe"),
        "hl": (0, "a link, a device or a pipe"),
        "ln": (0, "a link, a device or a pipe"),
        "ok.ndjson": (200, None),
    },
    "nested-6.zip": {"l5.zip/l4.zip/l3.zip/l2.zip": (0, "nested deeper than 4 levels")},
    "real-encrypted.zip": {"UTICA-ONE-DRIVE.pcap": (0, "needs a password")},
    "slip.zip": {
        "../../slip-up.evtx": (0, "leads out of the archive"),
        "/abs.evtx": (0, "leads out of the archive"),
        "C:\\Windows\\Temp\\x.evtx": (0, "leads out of the archive"),
        "a/../../b.evtx": (0, "leads out of the archive"),
        "ok.ndjson": (200, None),
    },
    "symlink.zip": {"link.evtx": (0, "links are not followed"), "ok.ndjson": (200, None)},
    "trailing-garbage.ndjson.gz": {"trailing-garbage.ndjson": (4000, None)},
    "zip-named-evtx.evtx": {"a.ndjson": (200, None), "b.ndjson": (200, None)},
}


@pytest.fixture
def take(hostile, tmp_path):
    """Take one hostile file in; check that it is unchanged and that its account adds up."""

    def run(name: str) -> Intake:
        path = hostile / name
        before = hashlib.sha256(path.read_bytes()).hexdigest()
        intake = collect([path], tmp_path / "out", IntakeOptions())
        assert before == hashlib.sha256(path.read_bytes()).hexdigest()
        for file in intake.files:
            assert file.found == file.loaded + file.duplicate + file.recovered + file.bad + file.refused
        return intake

    return run


def read_of(file: FileIntake) -> int:
    return file.loaded + file.duplicate


@pytest.mark.parametrize("name", JSON)
def test_t_json(take, name):
    suffix = "json" if name.startswith(("mixed-array", "pretty")) else "ndjson"
    (file,) = take(f"json/{name}.{suffix}").files

    assert JSON[name] == (read_of(file), file.bad, file.refused)


def test_t_json_3_the_encoding_is_named(take):
    (file,) = take("json/utf16le-bom.ndjson").files

    assert "The text is UTF-16-LE." in file.notes


def test_t_dup_1_a_copy_of_the_same_events_adds_nothing(hostile, tmp_path):
    names = ("mixed-hosts-channels.ndjson", "mixed-hosts-channels-copy-of-same-events.ndjson")
    intake = collect([hostile / "json" / name for name in names], tmp_path / "out")

    assert (intake.records_loaded, sum(file.duplicate for file in intake.files)) == (14, 14)


@pytest.mark.parametrize("name", ARCHIVES)
def test_t_arc(take, name):
    files = {file.file.removeprefix(f"{name}/"): file for file in take(f"archives/{name}").files}

    for member, (count, reason) in ARCHIVES[name].items():
        assert count == read_of(files[member])
        assert reason is None or reason in files[member].reason


def test_t_arc_appledouble_is_passed_over_with_a_note(take):
    files = take("archives/real-macosx-appledouble.zip").files

    assert [("AppleDouble" in file.notes[0], file.found) for file in files if "__MACOSX" in file.file] == [
        (True, 0)
    ]


@pytest.mark.parametrize("name", ["truncated.ndjson.gz", "truncated.ndjson.zst"])
def test_t_arc_3_the_good_part_of_a_cut_archive_loads_and_the_cut_is_told(take, name):
    (file,) = take(f"archives/{name}").files

    assert read_of(file) > 100
    assert any("ut off" in note for note in file.notes)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("truncated.ndjson.gz", "Cut off"),
        ("truncated.ndjson.zst", "Cut off"),
        ("trailing-garbage.ndjson.gz", "Bytes follow the end of the packed data"),
    ],
)
def test_t_arc_3_what_an_archive_lost_is_an_issue_that_weighs(take, name, said):
    intake = take(f"archives/{name}")

    assert any(said in issue.reason for issue in intake.issues)


def test_nothing_is_written_outside_the_output(hostile, tmp_path):
    collect([hostile / "archives"], tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert {".parquet"} == {Path(path).suffix for path in (tmp_path / "out").rglob("*") if path.is_file()}
