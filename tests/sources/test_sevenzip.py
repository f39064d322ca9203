"""7z archives: members as streams, blocks that break alone, passwords."""

from __future__ import annotations

import io
import random

import py7zr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.archive_members import Keys
from magistrate.sources.base import Limits
from magistrate.sources.containers import Budget, Leaf, Refusal, open_evidence

TEXT = b'{"EventID":1}\n' * 2000
NOISE = random.Random(7).randbytes(60_000)
COPY = [{"id": py7zr.FILTER_COPY}]


def packed(*members: tuple[str, bytes], **options: object) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", **options) as archive:
        for name, content in members:
            archive.writestr(content, name)
    return out.getvalue()


def in_blocks(tmp_path, *members: tuple[str, bytes]) -> bytes:
    """An archive in which every member is a block of its own."""
    path = tmp_path / "blocks.7z"
    for number, (name, content) in enumerate(members):
        with py7zr.SevenZipFile(path, "a" if number else "w", filters=COPY) as archive:
            archive.writestr(content, name)
    return path.read_bytes()


def opened(data: bytes, *passwords: str, limits: Limits | None = None) -> list:
    budget = Budget(limits or Limits(), None, lambda: None, keys=Keys(passwords))
    return [
        (found.label, found.stream.read(), found.losses) if isinstance(found, Leaf) else found
        for found in open_evidence(io.BytesIO(data), "in", budget)
    ]


@pytest.mark.parametrize(
    "filters",
    [
        None,
        COPY,
        [{"id": py7zr.FILTER_BZIP2}],
        [{"id": py7zr.FILTER_ZSTD}],
        [{"id": py7zr.FILTER_DEFLATE}],
        [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    ],
)
def test_a_solid_archive_gives_each_member(filters):
    data = packed(("logs/a.json", TEXT), ("b", NOISE), ("c", TEXT), filters=filters)

    assert opened(data) == [("in/logs/a.json", TEXT, ()), ("in/b", NOISE, ()), ("in/c", TEXT, ())]


def test_blocks_and_empty_members_are_read(tmp_path):
    data = in_blocks(tmp_path, ("a", TEXT), ("empty", b""), ("b", NOISE))

    assert sorted(opened(data)) == [("in/a", TEXT, ()), ("in/b", NOISE, ()), ("in/empty", b"", ())]


def test_t_arc_3_a_damaged_block_costs_itself_only(tmp_path):
    data = bytearray(in_blocks(tmp_path, ("a", TEXT), ("b", NOISE), ("c", TEXT)))
    data[data.index(NOISE) + 1000] ^= 1
    first, second, third = opened(bytes(data))

    assert (first, third) == (("in/a", TEXT, ()), ("in/c", TEXT, ()))
    assert "the good part was read" in second[2][0]


def test_t_arc_3_members_behind_damage_in_a_solid_block_are_refused_by_name():
    data = bytearray(packed(("a", NOISE), ("b", TEXT), filters=[{"id": py7zr.FILTER_BZIP2}]))
    data[20_000] ^= 1
    first, second = opened(bytes(data))

    assert "the good part was read" in first[2][0]
    assert (second.label, "A block of the archive is damaged" in second.reason) == ("in/b", True)


def test_t_arc_3_a_cut_archive_is_told():
    (found,) = opened(packed(("a", NOISE))[:5000])

    assert "damaged, or is one part of several" in found.reason


@pytest.mark.parametrize("hidden", [False, True])
def test_t_arc_4_a_given_password_opens(hidden):
    data = packed(("a", TEXT), ("b", NOISE), password="right", header_encryption=hidden)

    assert opened(data, "wrong", "right") == [("in/a", TEXT, ()), ("in/b", NOISE, ())]


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("given_", "said"), [((), "needs a password"), (("no",), "none of those given fits")]
)
def test_t_arc_4_a_locked_archive_is_refused_by_name(hidden, given_, said):
    (found,) = opened(packed(("a", TEXT), password="right", header_encryption=hidden), *given_)

    assert isinstance(found, Refusal)
    assert said in found.reason


def test_t_arc_1_a_name_that_leads_out_is_refused_and_the_others_load(monkeypatch):
    monkeypatch.setattr("py7zr.py7zr.check_archive_path", lambda _name: True)
    data = packed(("../../up", TEXT), ("ok", NOISE))
    first, second = opened(data)

    assert "leads out of the archive" in first.reason
    assert second == ("in/ok", NOISE, ())


def test_t_arc_1_links_are_refused(tmp_path):
    (tmp_path / "target").write_bytes(TEXT)
    (tmp_path / "link").symlink_to("target")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.write(tmp_path / "link", "link")
        archive.write(tmp_path / "target", "target")
    first, second = opened(out.getvalue())

    assert "only plain files are read" in first.reason
    assert second == ("in/target", TEXT, ())


def test_t_arc_2_a_bomb_is_refused_at_the_ratio_and_the_rest_is_not_lost(tmp_path):
    path = tmp_path / "bomb.7z"
    for number, (name, content) in enumerate((("zeros", bytes(5 << 20)), ("ok", TEXT))):
        with py7zr.SevenZipFile(path, "a" if number else "w") as archive:
            archive.writestr(content, name)
    first, second = opened(path.read_bytes())

    assert "more than 1000 times its size" in first.reason
    assert second == ("in/ok", TEXT, ())


def test_t_arc_2_the_same_name_twice_is_kept_apart():
    assert opened(packed(("a", TEXT), ("a", NOISE))) == [("in/a", TEXT, ()), ("in/a#2", NOISE, ())]


def test_archives_inside_are_opened():
    assert opened(packed(("b.7z", packed(("a", TEXT)))))[0][0] == "in/b.7z/a"


SMALL = packed(("a", TEXT), ("b", NOISE[:500]))


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 100_000), byte=st.integers(0, 255), cut=st.integers(0, 100_000))
def test_any_damage_gives_members_or_refusals(place, byte, cut):
    data = bytearray(SMALL)
    data[place % len(data)] = byte

    for found in opened(bytes(data[: cut % len(data)] if cut % 3 == 0 else data)):
        assert isinstance(found, tuple | Refusal)
