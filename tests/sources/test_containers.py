"""Containers: the kind by content, every member by itself, hostile names refused, limits kept."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.base import Limits
from magistrate.sources.containers import Budget, Leaf, Refusal, Remark, open_evidence

TEXT = b'{"EventID":1}\n' * 2000
PACKERS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
}


def opened(data: bytes, limits: Limits | None = None, label: str = "in"):
    """What is found, leaves as (label, content, notes)."""
    budget = Budget(limits or Limits(), None, lambda: None)
    return [
        (found.label, found.stream.read(), found.losses) if isinstance(found, Leaf) else found
        for found in open_evidence(io.BytesIO(data), label, budget)
    ]


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def test_a_plain_file_is_its_own_leaf():
    assert opened(TEXT) == [("in", TEXT, ())]


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_streams_are_unpacked(kind):
    assert opened(PACKERS[kind](TEXT), label="a.gz") == [("a.gz/a", TEXT, ())]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_members_of_a_concatenated_stream_are_joined(kind):
    assert opened(PACKERS[kind](TEXT) * 2)[0][1] == TEXT * 2


@pytest.mark.parametrize("kind", PACKERS)
def test_t_arc_3_a_cut_stream_gives_its_good_part_and_a_remark(kind):
    packed = PACKERS[kind](bytes(range(256)) * 4000 + TEXT)
    ((_, content, notes),) = opened(packed[: len(packed) * 3 // 4])

    assert len(content) <= 256 * 4000 + len(TEXT)
    assert "the part before was read" in notes[0]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_t_arc_3_bytes_behind_the_end_are_told(kind):
    ((_, content, notes),) = opened(PACKERS[kind](TEXT) + b"garbage")

    assert content == TEXT
    assert notes == ("Bytes follow the end of the packed data; they were not read.",)


def test_zeros_behind_the_end_are_padding():
    assert opened(PACKERS["gzip"](TEXT) + bytes(700))[0][2] == ()


def test_a_tar_in_gzip_is_opened_twice():
    packed = PACKERS["gzip"](tarred((tarfile.TarInfo("logs/a.json"), TEXT)))

    assert opened(packed, label="a.tgz") == [("a.tgz/a/logs/a.json", TEXT, ())]


def test_t_arc_2_the_same_name_twice_is_kept_apart():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a", b"1"), ("a", b"2"))

    assert opened(data) == [("in/a", b"1", ()), ("in/a#2", b"2", ())]


@pytest.mark.parametrize("name", ["../a", "a/../b", "/abs", "C:\\x", "\\\\host\\x", "aux", "sub/NUL.txt"])
def test_t_arc_1_a_name_that_leads_out_is_refused_by_name(name):
    found = opened(zipped((name, TEXT), ("ok", TEXT)))

    assert isinstance(found[0], Refusal)
    assert "leads out of the archive or to a device" in found[0].reason
    assert found[1] == ("in/ok", TEXT, ())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_t_arc_1_links_and_devices_are_refused(kind):
    info = tarfile.TarInfo("trap")
    info.type, info.linkname = kind, "/etc/passwd"
    found = opened(tarred((info, b""), (tarfile.TarInfo("ok"), TEXT)))

    assert isinstance(found[0], Refusal)
    assert found[1] == ("in/ok", TEXT, ())


def test_t_arc_2_nesting_ends_at_the_limit():
    data = TEXT
    for _ in range(6):
        data = zipped(("inner.zip", data))
    (found,) = opened(data)

    assert isinstance(found, Refusal)
    assert "nested deeper than 4 levels" in found.reason


def test_t_arc_2_a_bomb_is_refused_at_the_ratio():
    (found,) = opened(zipped(("zeros", bytes(40 << 20))))

    assert isinstance(found, Refusal)
    assert "more than 1000 times its size" in found.reason


def test_t_arc_2_the_total_is_bounded():
    found = opened(zipped(("a", TEXT), ("b", TEXT)), replace(Limits(), archive_total_bytes=len(TEXT) + 1))

    assert found[0] == ("in/a", TEXT, ())
    assert "unpacks to more than" in found[1].reason


def test_t_arc_2_the_members_are_bounded():
    found = opened(zipped(("a", TEXT), ("b", TEXT)), replace(Limits(), archive_members=1))

    assert "holds more than 1 members" in found[1].reason


def test_t_arc_4_a_password_is_told():
    data = bytearray(zipped(("a", TEXT)))
    central = data.rindex(b"PK\x01\x02")
    data[central + 8] |= 1
    (found,) = opened(bytes(data))

    assert isinstance(found, Refusal)
    assert "needs a password" in found.reason


def test_metadata_of_macos_is_passed_over():
    (found, _) = opened(zipped(("__MACOSX/._a.json", b"\0\5\x16\7"), ("a.json", TEXT)))

    assert isinstance(found, Remark)


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"]),
    rest=st.binary(max_size=600),
)
def test_any_bytes_are_opened_or_refused(start, rest):
    for found in opened(start + rest):
        assert isinstance(found, tuple | Refusal | Remark)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), kind=st.sampled_from(["zip", "tar", *PACKERS]))
def test_a_damaged_archive_is_opened_or_refused(place, byte, kind):
    data = bytearray(
        zipped(("a", TEXT))
        if kind == "zip"
        else tarred((tarfile.TarInfo("a"), TEXT))
        if kind == "tar"
        else PACKERS[kind](TEXT)
    )
    data[place % len(data)] = byte

    for found in opened(bytes(data)):
        assert isinstance(found, tuple | Refusal | Remark)
