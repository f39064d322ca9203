"""The log writer: what two independent parsers read back equals what was written."""

from __future__ import annotations

import itertools
import struct
import warnings
import xml.etree.ElementTree as ET
import zlib
from datetime import UTC, datetime, timedelta

import evtx
import pytest

from scenario_writer.binxml import Value, ValueKind, encode_value, hash_name
from scenario_writer.evtx import Record, write_log
from scenario_writer.layouts import Envelope, LayoutError, load_layouts
from scenarios.readback import read_with_python_evtx, read_with_rust, written_fields

NOON = datetime(2026, 3, 3, 12, 0, 0, 123400, tzinfo=UTC)
LAYOUTS = load_layouts()
SAMPLE = {
    ValueKind.STRING: 'Größe <&> "x" 日本 😀',
    ValueKind.STRINGS: ["eins", "", "drei & vier"],
    ValueKind.BINARY: b"\x00\x01\xfe",
    ValueKind.GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
    ValueKind.SID: "S-1-5-21-1004336348-1177238915-682003330-1104",
    ValueKind.FILETIME: NOON,
    ValueKind.HEX32: 0x120196,
    ValueKind.HEX64: 0xC93745,
    ValueKind.BOOL: 1,
}


def make_record(number: int, layout: str, fields: dict, created: datetime = NOON) -> Record:
    envelope = Envelope("WS07.corp.example", number, created)
    return Record(number, created, LAYOUTS[layout].event(envelope, fields))


def sample_fields(layout: str) -> dict:
    return {name: SAMPLE.get(kind, 4711 % 256) for name, kind in LAYOUTS[layout].fields}


@pytest.fixture(scope="module")
def every_layout(tmp_path_factory):
    """One log with a filled record of every layout, as both parsers read it."""
    records = [make_record(n, name, sample_fields(name)) for n, name in enumerate(sorted(LAYOUTS), 1)]
    path = tmp_path_factory.mktemp("log") / "every.evtx"
    path.write_bytes(write_log(records))
    return dict(enumerate(sorted(LAYOUTS), 1)), read_with_rust(path), read_with_python_evtx(path)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_layout_reads_back_equal_in_both_parsers(every_layout, layout):
    names, rust, python = every_layout
    number = next(n for n, name in names.items() if name == layout)

    expected = written_fields(LAYOUTS[layout], sample_fields(layout))
    assert expected == rust[number].fields
    assert expected == python[number].fields


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_layout_reads_back_its_system_part(every_layout, layout):
    names, rust, python = every_layout
    number = next(n for n, name in names.items() if name == layout)
    known = LAYOUTS[layout]

    expected = (
        known.provider,
        known.channel,
        known.event_id,
        known.version,
        "WS07.corp.example",
        NOON,
        number,
    )
    assert expected == rust[number].system
    assert expected == python[number].system


@pytest.mark.parametrize(
    "layout", ["security.4688v2_long", "wmi_activity.5861", "msi_installer.1040", "system.7036"]
)
def test_empty_values_read_back_as_empty(tmp_path, layout):
    path = tmp_path / "empty.evtx"
    path.write_bytes(write_log([make_record(1, layout, {})]))

    assert not any(read_with_rust(path)[1].fields.values())
    assert not any(read_with_python_evtx(path)[1].fields.values())


@pytest.mark.parametrize("length", [1, 15_360, 30_720])
def test_long_texts_read_back_whole(tmp_path, length):
    text = ("0123456789abcdé" * (length // 15 + 1))[:length]
    path = tmp_path / "long.evtx"
    path.write_bytes(write_log([make_record(1, "powershell.4104", {"ScriptBlockText": text})]))

    assert text == read_with_rust(path)[1].fields["ScriptBlockText"]
    assert text == read_with_python_evtx(path)[1].fields["ScriptBlockText"]


def many_records(count: int) -> list[Record]:
    return [
        make_record(n, "sysmon.1", {"CommandLine": f"cmd /c echo {n}"}, NOON + timedelta(seconds=n))
        for n in range(7, 7 + count)
    ]


def test_log_grows_over_several_chunks(tmp_path):
    path = tmp_path / "many.evtx"
    path.write_bytes(write_log(many_records(400)))
    rust, python = read_with_rust(path), read_with_python_evtx(path)

    assert struct.unpack_from("<H", path.read_bytes(), 42)[0] > 1
    assert list(range(7, 407)) == list(rust) == list(python)
    assert [f"cmd /c echo {n}" for n in range(7, 407)] == [r.fields["CommandLine"] for r in python.values()]


def test_all_checksums_hold():
    log = write_log(many_records(400))
    chunks = [log[start : start + 65_536] for start in range(4096, len(log), 65_536)]

    assert zlib.crc32(log[:120]) == struct.unpack_from("<I", log, 124)[0]
    assert struct.unpack_from("<H", log, 42)[0] == len(chunks)
    for chunk in chunks:
        end, records_sum = struct.unpack_from("<II", chunk, 48)
        assert zlib.crc32(chunk[512:end]) == records_sum
        assert zlib.crc32(chunk[:120] + chunk[128:512]) == struct.unpack_from("<I", chunk, 124)[0]


def test_chunks_number_their_records_without_holes():
    log = write_log(many_records(400))
    spans = [struct.unpack_from("<QQQQ", log, start + 8) for start in range(4096, len(log), 65_536)]

    assert (spans[0][0], spans[0][2]) == (1, 7)
    assert (spans[-1][1], spans[-1][3]) == (400, 406)
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(spans))


def test_same_records_give_same_bytes():
    assert write_log(many_records(50)) == write_log(many_records(50))


def test_an_empty_log_is_valid(tmp_path):
    path = tmp_path / "none.evtx"
    path.write_bytes(write_log([]))

    assert list(evtx.PyEvtxParser(str(path)).records_json()) == []
    assert path.stat().st_size == 69_632


def test_a_record_beyond_a_chunk_is_refused():
    with pytest.raises(ValueError, match="does not fit into a chunk"):
        write_log([make_record(1, "powershell.4104", {"ScriptBlockText": "x" * 32_600})])


def test_a_value_beyond_its_size_field_is_refused():
    with pytest.raises(ValueError, match="does not fit; the format allows 65535"):
        encode_value(Value(ValueKind.STRING, "x" * 40_000))


def test_a_field_that_the_layout_lacks_is_refused():
    with pytest.raises(LayoutError, match=r"security\.4624 has no field Nonsense"):
        make_record(1, "security.4624", {"Nonsense": "x"})


def test_chunk_tables_find_every_name_and_template():
    chunk = write_log(many_records(3))[4096:]
    names = {}
    for bucket, offset in enumerate(struct.unpack_from("<64I", chunk, 128)):
        while offset:
            following, hashed, length = struct.unpack_from("<IHH", chunk, offset)
            names[chunk[offset + 8 : offset + 8 + 2 * length].decode("utf-16-le")] = (hashed, bucket)
            offset = following

    assert {"Event", "System", "EventData", "Data", "CommandLine"} - {"CommandLine"} <= set(names)
    assert all(
        hash_name(name) == hashed and hashed % 64 == bucket for name, (hashed, bucket) in names.items()
    )


def test_rendered_text_of_both_parsers_is_well_formed_xml(tmp_path):
    path = tmp_path / "xml.evtx"
    path.write_bytes(write_log([make_record(1, "sysmon.1", sample_fields("sysmon.1"))]))
    text = next(iter(evtx.PyEvtxParser(str(path)).records()))["data"]

    with warnings.catch_warnings():
        assert ET.fromstring(text.split("?>", 1)[1]) is not None
