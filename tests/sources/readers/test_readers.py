"""Every reader: a sample it recognises, golden rows, and records or issues for any bytes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import RawRecord, ReadNote
from magistrate.sources.intake_file import all_readers, find_reader
from magistrate.sources.normalise import normalise

SAMPLES = Path(__file__).parent.parent / "samples"
READERS = {reader.name: reader for reader in all_readers()}
FILES = sorted(path for path in SAMPLES.glob("*/*") if not path.name.endswith(".golden.json"))
# Where the first line of a sample would not bring the fuzzer to the interesting part.
STARTS = {"evtx": b"ElfFile\0" + bytes(4088) + b"ElfChnk\0", "json": b'{"EventID":1,'}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_has_a_sample(name):
    assert [path for path in FILES if path.parent.name == name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_sample_is_recognised_by_its_content(path):
    reader = find_reader(path.read_bytes()[:65536])

    assert reader is READERS[path.parent.name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_sample_gives_its_golden_rows(path, golden):
    with path.open("rb") as stream:
        items = [_shown(item) for item in READERS[path.parent.name].read(stream, path.name)]

    golden(path.with_name(f"{path.name}.golden.json"), json.dumps(items, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tail=st.binary(max_size=3000), start=st.booleans())
def test_any_bytes_give_records_or_issues(name, tail, start):
    content = (_start_of(name) if start else b"") + tail

    for item in READERS[name].read(io.BytesIO(content), "any"):
        assert isinstance(item, RawRecord | ReadIssue | ReadNote)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_sample_gives_records_or_issues(path, data):
    content = bytearray(path.read_bytes())
    places = st.integers(0, len(content) - 1)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(places)] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))

    for item in READERS[path.parent.name].read(io.BytesIO(bytes(content[:cut])), "damaged"):
        if isinstance(item, RawRecord):
            assert normalise(item).row["evidence_id"]


def _start_of(name: str) -> bytes:
    """Bytes that a file of the format begins with."""
    sample = next(path for path in FILES if path.parent.name == name)
    return STARTS.get(name) or sample.read_bytes()[:600]


def _shown(item: RawRecord | ReadIssue | ReadNote) -> dict[str, object]:
    """A row without empty columns, or an issue, in a form that a person can review."""
    if isinstance(item, ReadNote):
        return {"note": item.text, "recovered": item.recovered}
    if isinstance(item, ReadIssue):
        return {
            "issue": item.reason,
            "records": item.records,
            "locator": item.locator,
            "refused": item.refused,
        }
    row = {
        key: str(value) for key, value in normalise(item).row.items() if value is not None and key != "raw"
    }
    return {**dict(sorted(row.items())), **({"notes": list(item.notes)} if item.notes else {})}
