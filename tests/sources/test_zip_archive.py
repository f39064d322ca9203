"""Zip archives: locked, of rare methods, cut off, overlapping."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.archive_members import Keys
from magistrate.sources.base import Limits
from magistrate.sources.containers import Budget, Leaf, Refusal, open_evidence
from sources.archive_writers import aes_zip, deflate64_zip, old_zip, streamed_zip, zip_of, zstd_zip

TEXT = b'{"EventID":1}\n' * 2000
OTHER = bytes(range(256)) * 40


def opened(data: bytes, *passwords: str) -> list:
    keys = Keys(passwords)
    budget = Budget(Limits(), None, lambda: None, keys=keys)
    return [
        (found.label, found.stream.read(), found.losses) if isinstance(found, Leaf) else found
        for found in open_evidence(io.BytesIO(data), "in", budget)
    ]


@pytest.mark.parametrize("write", [deflate64_zip, zstd_zip])
def test_rare_methods_are_unpacked(write):
    assert opened(write(TEXT)) == [("in/a", TEXT, ())]


def test_a_method_that_nothing_here_reads_is_named():
    (found,) = opened(zip_of("a", 98, b"x", TEXT))

    assert isinstance(found, Refusal)
    assert "packed by method 98, which is not read" in found.reason


LOCKED = {
    "old": old_zip,
    "aes": aes_zip,
    "aes 128": lambda data, password: aes_zip(data, password, strength=1),
    "aes 192, ae-1": lambda data, password: aes_zip(data, password, strength=2, version=1),
}


@pytest.mark.parametrize("kind", LOCKED)
def test_t_arc_4_a_given_password_opens(kind):
    assert opened(LOCKED[kind](TEXT, "pass wörd"), "other", "pass wörd", "third") == [("in/a", TEXT, ())]


@pytest.mark.parametrize("kind", LOCKED)
def test_t_arc_4_without_a_password_the_member_is_refused_and_the_option_named(kind):
    (found,) = opened(LOCKED[kind](TEXT, "p"))

    assert "needs a password" in found.reason
    assert "--password-file" in found.hint


@pytest.mark.parametrize("kind", LOCKED)
def test_t_arc_4_a_wrong_password_is_told_and_never_shown(kind):
    (found,) = opened(LOCKED[kind](TEXT, "p"), "guess-one")

    assert "none of those given fits" in found.reason
    assert "guess-one" not in repr(found)


def test_t_arc_4_passwords_do_not_show_in_what_holds_them():
    assert "secret" not in repr(Keys(("secret",)))


def test_an_aes_member_that_was_changed_is_told():
    data = bytearray(aes_zip(TEXT, "p"))
    data[80] ^= 1
    ((_, _, losses),) = opened(bytes(data), "p")

    assert "the good part was read" in losses[0]


@pytest.mark.parametrize("write", [streamed_zip, None])
def test_t_arc_3_whole_members_of_a_cut_zip_load_and_the_cut_is_told(write):
    if write:
        data = write(("a", TEXT), ("b", OTHER), ("c", TEXT))
    else:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (("a", TEXT), ("b", OTHER), ("c", TEXT)):
                archive.writestr(name, content)
        data = out.getvalue()
    fault, first, second = opened(data[: data.rindex(b"PK\x03\x04")])

    assert "its list of members cannot be read" in fault.reason
    assert [first, second] == [("in/a", TEXT, ()), ("in/b", OTHER, ())]


def test_t_arc_3_the_good_part_of_the_member_at_the_cut_loads():
    data = streamed_zip(("a", TEXT), ("b", bytes(range(256)) * 4000 + TEXT))
    (_, _, (label, content, losses)) = opened(data[: data.index(b"PK\x01\x02") - 200])

    assert label == "in/b"
    assert content.startswith(OTHER)
    assert "the good part was read" in losses[0]


def test_t_arc_2_members_that_share_bytes_are_refused():
    data = bytearray(zip_of("a", 0, TEXT, TEXT))
    second = zip_of("b", 0, TEXT, TEXT)
    directory = second[second.index(b"PK\x01\x02") : second.index(b"PK\x05\x06")]
    end = data.index(b"PK\x05\x06")
    data[end:end] = directory
    end += len(directory)
    data[end + 8 : end + 12] = b"\2\0\2\0"
    data[end + 12 : end + 16] = (2 * len(directory)).to_bytes(4, "little")
    found = opened(bytes(data))

    assert len(found) == 2
    assert all("shares its bytes with another" in item.reason for item in found)


def test_zip64_archives_are_read():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(TEXT)

    assert opened(out.getvalue()) == [("in/a", TEXT, ())]


@settings(max_examples=150, deadline=None)
@given(
    write=st.sampled_from(
        [lambda data: aes_zip(data, "p"), lambda data: old_zip(data, "p"), deflate64_zip, zstd_zip]
    ),
    place=st.integers(0, 100_000),
    byte=st.integers(0, 255),
    cut=st.integers(0, 100_000),
)
def test_any_damage_gives_members_or_refusals(write, place, byte, cut):
    data = bytearray(write(OTHER))
    data[place % len(data)] = byte

    for found in opened(bytes(data[: cut % len(data)] if cut % 3 else data), "p"):
        assert isinstance(found, tuple | Refusal)
