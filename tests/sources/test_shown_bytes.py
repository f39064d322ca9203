from __future__ import annotations

from magistrate.sources.shown_bytes import show_bytes, show_bytes_in


def test_an_undecodable_byte_is_shown_as_two_hex_digits():
    assert show_bytes(b"a\xffb".decode("utf-8", "surrogateescape")) == r"a\xffb"


def test_half_a_surrogate_pair_is_shown_as_four_hex_digits():
    assert show_bytes("a\ud800b") == r"a\ud800b"


def test_names_and_values_at_every_depth_are_shown():
    assert show_bytes_in({"k\ud800": ["v\udc00", {"n": 1}]}) == {r"k\ud800": [r"v\udc00", {"n": 1}]}
