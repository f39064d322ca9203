"""Splitting JSON: what is a record, what is bad, and that nothing is lost between them."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.json_values import BadValue, JsonLimits, JsonValue, split_values

LIMITS = JsonLimits(value_bytes=1 << 16, depth=32)


class Trickle(io.RawIOBase):
    """A stream that gives few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data = io.BytesIO(data)
        self._step = step

    def read(self, size: int = -1) -> bytes:
        return self._data.read(self._step)


def split(data: bytes, limits: JsonLimits = LIMITS, step: int | None = None):
    stream = Trickle(data, step) if step else io.BytesIO(data)
    return list(split_values(stream, limits))


def shape(data: bytes, **options):
    return [item.value if isinstance(item, JsonValue) else item.reason for item in split(data, **options)]


A, B = {"a": 1}, {"b": [{"c": "}"}]}
BOTH = [A, B]


@pytest.mark.parametrize("step", [None, 1, 7])
@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1}\n{"b":[{"c":"}"}]}\n',
        b'{"a":1}\r\n\r\n{"b":[{"c":"}"}]}',
        b'[{"a":1},{"b":[{"c":"}"}]}]',
        b'[\n{"a":1},\n{"b":[{"c":"}"}]}\n]\n',
        b'{"a":1}{"b":[{"c":"}"}]}',
        b'{\n "a": 1\n}\n{\n "b": [\n  {\n   "c": "}"\n  }\n ]\n}\n',
        b'[{"a":1}]\n{"b":[{"c":"}"}]}',
        b'\xef\xbb\xbf{"a":1}\n{"b":[{"c":"}"}]}',
    ],
)
def test_t_json_4_every_layout_gives_the_same_objects(data, step):
    assert shape(data, step=step) == BOTH


@pytest.mark.parametrize(
    "bad", [b'{"x":1,}', b'{"x":"open', b'{"x":{', b'{"x":1,', b"{'x':1}", b"text", b"123", b'{"x":0x0B}']
)
def test_t_json_3_one_bad_line_costs_one_line(bad):
    items = split(b'{"a":1}\n' + bad + b'\n{"b":[{"c":"}"}]}\n')

    assert [item.value for item in items if isinstance(item, JsonValue)] == BOTH
    assert [item.line for item in items if isinstance(item, BadValue)] == [2]


def test_a_cut_pretty_value_at_the_end_is_one_bad_value():
    items = split(b'{"a":1}\n{\n "b": 1,\n "c": [\n  1,\n')

    assert [type(item) for item in items] == [JsonValue, BadValue]


def test_t_json_5_depth_beyond_the_limit_is_refused_and_the_next_loads():
    deep = b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"
    first, bad, last = split(b'{"a":1}\n' + deep + b'\n{"b":[{"c":"}"}]}')

    assert (first.value, last.value) == (A, B)
    assert bad.refused
    assert "nested deeper" in bad.reason


@pytest.mark.parametrize("step", [None, 1000])
def test_t_json_5_a_value_beyond_the_limit_is_refused_and_the_next_loads(step):
    long = b'{"x":"' + b"y" * 200_000 + b'"}'
    first, bad, last = split(b'{"a":1}\n' + long + b'\n{"b":[{"c":"}"}]}', step=step)

    assert (first.value, last.value) == (A, B)
    assert (bad.refused, bad.size_bytes) == (True, len(long))


def test_t_json_1_the_first_of_a_repeated_key_speaks_and_is_flagged():
    (found,) = split(b'{"EventID":1,"EventID":4688}')

    assert found.value == {"EventID": 1}
    assert found.flags == ("the key 'EventID' is repeated; the first value is used",)


@pytest.mark.parametrize("number", ["18446744073709551616", "9" * 5000, "9007199254740993"])
def test_t_json_2_large_integers_keep_every_digit(number):
    (found,) = split(f'{{"n":{number}}}'.encode())

    # A number longer than Python reads as one stays text.
    assert found.raw == f'{{"n":{number}}}'
    assert number == (found.value["n"] if isinstance(found.value["n"], str) else str(found.value["n"]))


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "1.10"])
def test_t_json_2_what_a_float_would_bend_stays_text(text):
    (found,) = split(f'{{"n":{text}}}'.encode())

    assert found.value == {"n": text}


def test_t_json_3_bytes_that_are_not_utf_8_stay_visible():
    (found,) = split(b'{"s":"caf\xe9"}')

    assert found.value == {"s": "caf\\xe9"}
    assert "not UTF-8" in found.flags[0]


def test_t_json_3_a_lone_surrogate_stays_visible_and_valid():
    (found,) = split(b'{"s":"\\ud800"}')

    assert found.value == {"s": "\\ud800"}
    assert found.value["s"].encode("utf-8")


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(
        st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers() | st.lists(st.booleans())),
        max_size=6,
    ),
    indent=st.sampled_from([None, 2]),
    joint=st.sampled_from(["\n", "\n\n", ",\n", " ", ""]),
    step=st.sampled_from([1, 3, 1000]),
)
def test_whatever_was_written_is_read_back(values, indent, joint, step):
    data = joint.join(json.dumps(value, indent=indent) for value in values).encode()

    assert shape(data, step=step) == values


@settings(max_examples=150, deadline=None)
@given(data=st.text(alphabet='{}[]",:\\\n ab1', max_size=200), step=st.sampled_from([1, 5, 1000]))
def test_any_text_is_split_the_same_however_it_arrives(data, step):
    raw = data.encode()

    assert split(raw, step=step) == split(raw)
