"""MOF text of 5861."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.sources.mof import parse_instances, sid_from_bytes, unescape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0", "S-1-5-32-544"),
        ("1,1,0,0,0,0,0,5,18,0,0,0", "S-1-5-18"),
        ("1, 2, 0, 0", None),
        ("", None),
        ("1, x", None),
        ("300, 1, 0, 0, 0, 0, 0, 5", None),
    ],
)
def test_creator_bytes_become_a_sid(text, expected):
    assert sid_from_bytes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [(r"a\\b", "a\\b"), (r"\"x\"", '"x"'), (r"\n", "\n"), (r"\x41", "A")]
)
def test_escapes_are_undone(text, expected):
    assert unescape(text) == expected


def test_texts_in_pieces_are_joined():
    (found,) = parse_instances('instance of X { Name = "a" \n "b"; Count = 3; };')

    assert (found.class_name, found.properties) == ("X", {"Name": "ab", "Count": "3"})


def test_a_brace_in_a_text_ends_nothing():
    (found,) = parse_instances('instance of X { Text = "}; instance of Y {"; Name = "n"; };')

    assert found.properties == {"Text": "}; instance of Y {", "Name": "n"}


def test_a_cut_text_gives_what_is_whole():
    (found,) = parse_instances('instance of X { Name = "a"; Text = "never en')

    assert found.properties == {"Name": "a"}


@given(st.text(alphabet='instance of{}=;"\\ \nA1,', max_size=300))
def test_any_text_is_read_or_left(text):
    for found in parse_instances(text):
        assert found.class_name
