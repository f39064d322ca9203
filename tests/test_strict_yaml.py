"""Claims about the strict YAML loader."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.errors import PlaybookError
from magistrate.strict_yaml import MAX_DEPTH, load_document, load_yaml

HOSTILE = os.environ.get("MAGISTRATE_HOSTILE")


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "no",
        "on",
        "off",
        "yes",
        "010",
        "0o10",
        "0x10",
        "12:30",
        "12:30:00",
        "1.10",
        "1e5",
        "+1",
        "-0",
        ".inf",
        ".nan",
        "2026-12-31",
        "2026-12-31T00:00:00Z",
        "1_000",
        "=",
    ],
)
def test_doubtful_scalars_stay_text(text):
    assert load_yaml(f"key: {text}\n", "a.yml") == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("0", 0),
        ("1.5", 1.5),
        ("1.0", 1.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("'7'", "7"),
        ('"true"', "true"),
        ("!x", None),
    ],
)
def test_core_types_are_read(text, value):
    if text == "!x":
        with pytest.raises(PlaybookError, match="tags"):
            load_yaml(f"key: {text}\n", "a.yml")
        return
    loaded = load_yaml(f"key: {text}\n", "a.yml")["key"]

    assert (loaded, type(loaded)) == (value, type(value))


def test_numbers_beyond_64_bits_stay_text():
    assert load_yaml("key: 123456789012345678901234567890", "a.yml") == {
        "key": "123456789012345678901234567890"
    }


def test_block_scalars_are_text_even_when_they_look_like_numbers():
    assert load_yaml("key: |-\n  7\n", "a.yml") == {"key": "7"}


def test_keys_are_always_text():
    assert load_yaml("1: a\non: b\nnull: c\n", "a.yml") == {"1": "a", "on": "b", "null": "c"}


def test_a_repeated_key_is_refused_with_its_line():
    with pytest.raises(PlaybookError, match=r"^a\.yml:3: .*'id' is repeated"):
        load_yaml("id: 1\ntitle: x\nid: 2\n", "a.yml")


def test_a_repeated_key_in_a_nested_mapping_is_refused():
    with pytest.raises(PlaybookError, match=r"a\.yml:4"):
        load_yaml("top:\n  - a: 1\n    b: 2\n    a: 3\n", "a.yml")


def test_a_second_document_is_refused():
    with pytest.raises(PlaybookError, match=r"a\.yml:2: .*second document"):
        load_yaml("a: 1\n---\nb: 2\n", "a.yml")


def test_a_merge_key_is_refused():
    with pytest.raises(PlaybookError, match="merge keys"):
        load_yaml("a: &x {b: 1}\nc:\n  <<: *x\n", "a.yml")


def test_a_list_as_key_is_refused():
    with pytest.raises(PlaybookError, match="a key must be plain text"):
        load_yaml("? [a, b]\n: 1\n", "a.yml")


def test_an_alias_gives_the_value_of_its_anchor():
    assert load_yaml("a: &x [1, 2]\nb: *x\n", "a.yml") == {"a": [1, 2], "b": [1, 2]}


def test_a_value_that_contains_itself_is_refused():
    with pytest.raises(PlaybookError, match="alias stands before the end of its anchor"):
        load_yaml("a: &x [1, *x]\n", "a.yml")


def test_more_than_a_hundred_aliases_are_refused():
    with pytest.raises(PlaybookError, match="more than 100 aliases"):
        load_yaml("a: &x 1\nb: [" + ", ".join(["*x"] * 101) + "]\n", "a.yml")


def test_deep_nesting_is_refused_without_a_crash():
    with pytest.raises(PlaybookError, match=f"deeper than {MAX_DEPTH}|nest"):
        load_yaml("[" * 50_000, "a.yml")


def test_a_lone_surrogate_is_refused_by_name():
    with pytest.raises(PlaybookError, match="not valid Unicode"):
        load_yaml("a: \ud800", "a.yml")


def test_a_syntax_error_names_file_and_line():
    with pytest.raises(PlaybookError, match=r"^a\.yml:3: Not valid YAML"):
        load_yaml("a: 1\nb: [1, 2\nc: 3\n", "a.yml")


def test_an_empty_file_is_none():
    assert load_yaml("# nothing\n", "a.yml") is None


def test_lines_are_known_for_each_value():
    document = load_document("a: 1\nb:\n  - x\n  - y: 2\n", "a.yml")

    assert document.location(("b", 1, "y")) == "a.yml:4"
    assert document.location(("b", 1, "missing")) == "a.yml:4"
    assert document.location(("zzz",)) == "a.yml:1"


_keys = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"]),
    min_size=1,
    max_size=12,
)
_leaves = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _keys
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@given(_values)
def test_json_of_our_types_is_read_back_unchanged(value):
    assert load_yaml(json.dumps(value, ensure_ascii=False), "a.yml") == value


def _outcome(text):
    """A value, or the refusal; anything else is a crash and fails the test."""
    try:
        return load_yaml(text, "a.yml")
    except PlaybookError as error:
        return str(error)


@settings(max_examples=300)
@given(st.text(max_size=200) | st.text(alphabet="ab:-&*!|>#{}[]'\"%@` \n,?<=~01", max_size=120))
def test_any_text_gives_a_value_or_a_playbook_error(text):
    assert isinstance(_outcome(text), dict | list | str | int | float | bool | None)


@pytest.mark.hostile
@pytest.mark.skipif(HOSTILE is None, reason="MAGISTRATE_HOSTILE is not set")
class TestHostileFiles:
    """Case T-RULE-2 of the threat model."""

    def _text(self, name):
        return (Path(HOSTILE) / "rules" / name).read_text(encoding="utf-8")

    def test_t_rule_2_alias_bomb_is_refused_within_a_second_and_100_mb(self):
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        with pytest.raises(PlaybookError, match=r"aliases expanded|more than 100 aliases"):
            load_yaml(self._text("yaml-alias-bomb.yml"), "bomb.yml")

        assert time.process_time() - start < 1.0
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024

    def test_t_rule_2_norway_and_octal_keep_their_text(self):
        selection = load_yaml(self._text("yaml-norway-and-octal.yml"), "norway.yml")["detection"]["sel"]

        assert selection == {
            "Country": "NO", "EventID": "0o10", "Mode": "010", "Flag": "on", "Time": "12:30:00", "Ver": "1.10",
        }  # fmt: skip

    def test_t_rule_2_python_object_is_refused(self):
        with pytest.raises(PlaybookError, match="tags are not allowed"):
            load_yaml(self._text("yaml-python-object.yml"), "object.yml")
