"""Lists of known values: each format, near misses, and hostile files."""

from __future__ import annotations

import json

import pytest

from magistrate.errors import UsageError
from magistrate.intel import collecting, lists
from magistrate.intel.collecting import SHOWN
from magistrate.intel.formats import pattern_parts
from magistrate.intel.lists import load_list, load_lists
from magistrate.intel.model import ValueKind

SHA1 = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def read(tmp_path):
    def write_and_read(text, name="list"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_list(path)

    return write_and_read


def values(held):
    return [(item.kind, item.value) for item in held.indicators]


def bundle(pattern, **more):
    return json.dumps({"type": "bundle", "objects": [{"type": "indicator", "pattern": pattern, **more}]})


def test_a_csv_is_read_with_other_header_names_and_separator(read) -> None:
    held = read(f"Indicator;Kind;Feed\n{SHA1.upper()};SHA1;feed a\n203[.]0[.]113[.]9;ip;\n")

    assert values(held) == [(ValueKind.ADDRESS, "203.0.113.9"), (ValueKind.HASH, SHA1)]


def test_a_domain_loses_its_brackets_and_dot(read) -> None:
    assert values(read("type,value\ndomain,Bad[.]example.com.\n")) == [(ValueKind.DOMAIN, "bad.example.com")]


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.0.9", "127.0.0.1", "8.8.8.8", "fe80::1", "999.1.1.1"]
)
def test_private_and_common_addresses_are_not_compared(read, address) -> None:
    held = read(f"type,value\nip,{address}\n")

    assert (held.indicators, held.bad_number) == ((), 1)


def test_a_bad_entry_costs_only_itself(read) -> None:
    held = read(f"type,value\nsha1,zz\nsha1,{SHA1}\nunheard,x\n")

    assert (len(held.indicators), [item.place for item in held.bad]) == (1, ["line 2", "line 4"])


def test_only_the_first_bad_entries_are_kept_but_all_are_counted(read) -> None:
    held = read("type,value\n" + "sha1,zz\n" * (SHOWN + 5))

    assert (len(held.bad), held.bad_number) == (SHOWN, SHOWN + 5)


def test_entries_past_the_limit_are_counted(read, monkeypatch) -> None:
    monkeypatch.setattr(collecting, "MOST_ENTRIES", 1)

    assert read("type,value\ndomain,a.example.com\ndomain,b.example.com\n").bad_number == 1


def test_a_stix_pattern_gives_each_of_its_values(read) -> None:
    held = read(bundle(f"[file:hashes.'SHA-1' = '{SHA1}' OR url:value = 'http://a.example.com/x']"))

    assert values(held) == [(ValueKind.HASH, SHA1), (ValueKind.URL, "http://a.example.com/x")]


@pytest.mark.parametrize(
    "pattern",
    [
        "[domain-name:value LIKE 'a%']",
        "[domain-name:value = 'a.example.com' AND file:name = 'abcd.exe']",
        "",
        None,
        "[",
    ],
)
def test_another_stix_pattern_is_counted_and_not_guessed(read, pattern) -> None:
    held = read(bundle(pattern))

    assert (held.form, held.indicators, held.bad_number) == ("STIX 2.1", (), 1)


def test_stix_brackets_may_be_joined() -> None:
    assert len(pattern_parts("[url:value = 'a'] OR [url:value = 'b']")) == 2


def test_a_misp_event_gives_attributes_of_objects_too(read) -> None:
    inner = {"Attribute": [{"type": "filename|sha1", "value": f"upd.exe|{SHA1}"}]}
    event = {"info": "case", "Attribute": [{"type": "domain", "value": "a.example.com"}], "Object": [inner]}
    held = read(json.dumps({"Event": event}))

    assert [kind for kind, _ in values(held)] == [ValueKind.DOMAIN, ValueKind.FILE, ValueKind.HASH]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"{", b"[1]", b"[" * 100_000, b"a,b\n1,2\n", b"{}"]
)
def test_a_file_that_is_no_list_is_an_error_in_words(read, content) -> None:
    with pytest.raises(UsageError, match="list"):
        read(content)


def test_a_file_past_the_limit_is_refused(read, monkeypatch) -> None:
    monkeypatch.setattr(lists, "MAX_BYTES", 10)

    with pytest.raises(UsageError, match="larger"):
        read("type,value\nsha1,x\n")


def test_the_order_of_lists_does_not_matter(tmp_path) -> None:
    paths = [tmp_path / name for name in ("b.csv", "a.csv")]
    for path in paths:
        path.write_text("type,value\ndomain,a.example.com\n")

    assert load_lists(paths) == load_lists(paths[::-1])


def test_a_missing_list_is_named(tmp_path) -> None:
    with pytest.raises(UsageError, match="list"):
        load_list(tmp_path / "none.csv")
