"""The short way through JSON gives what the careful way gives, or stands aside."""

from __future__ import annotations

import json

import pytest

from magistrate.sources.usual_json import usual_object


def test_plain_object_is_read_with_its_text():
    raw = b'{"EventID":1,"Image":"C:\\\\a.exe","Inner":{"k":[1,{"n":null}]}}'

    assert usual_object(raw) == (json.loads(raw), raw.decode())


def test_fraction_stays_the_text_that_was_written():
    assert usual_object(b'{"a":1.50,"b":1E400}') == ({"a": "1.50", "b": "1E400"}, '{"a":1.50,"b":1E400}')


def test_long_number_stays_exact():
    found = usual_object(b'{"a":123456789012345678901234567890}')

    assert found is not None
    assert found[0] == {"a": 123456789012345678901234567890}


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b'{"a" :1,"a":2,"b":"\\":"}',
        b'{"a"\n:1,"b":{"c":1,"c":2}}',
        b'{"a":[{"b":1,"b":2}]}',
        b'{"\\u0061":1,"a":2}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":NaN}',
        b'{"a":"\n"}',
        b'{"a":1}{"a":1}',
        b"[1]",
    ],
)
def test_anything_unusual_is_left_to_the_careful_way(raw):
    assert usual_object(raw) is None
