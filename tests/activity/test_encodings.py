import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.activity.encodings import (
    decode_base64,
    embedded_base64,
    encoded_command,
    program_name,
    split_words,
    strip_noise,
)


def wide(text):
    return base64.b64encode(text.encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a "b c" d', ["a", "b c", "d"]),
        (r'wmic process call create "x \"y z\" w"', ["wmic", "process", "call", "create", 'x "y z" w']),
        (r'create "ClientAccessible", "C:\" next', ["create", "ClientAccessible,", "C:\\", "next"]),
        ("where name='a b' get", ["where", "name=a b", "get"]),
        ("it's fine", ["it's", "fine"]),
        ("   ", []),
        ('""', [""]),
    ],
)
def test_words_are_split_as_the_program_sees_them(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("noisy", "plain"), [("c^m^d /c  w^mic", "cmd /c wmic"), ('w""mic  os', "wmic os"), ("a\u00a0b", "a b")]
)
def test_noise_of_the_shell_is_removed(noisy, plain):
    assert strip_noise(noisy) == plain


def test_wide_text_is_decoded():
    assert decode_base64(wide("Get-Date")) == "Get-Date"


def test_narrow_text_is_decoded():
    assert decode_base64(base64.b64encode(b"whoami /all").decode()) == "whoami /all"


def test_packed_text_is_unpacked():
    packed = base64.b64encode(gzip.compress(b"Invoke-Something -Now", mtime=0)).decode()

    assert decode_base64(packed) == "Invoke-Something -Now"


@pytest.mark.parametrize(
    "token", ["", "abc", "not base64 at all!!", base64.b64encode(bytes(range(256))).decode()]
)
def test_what_is_no_text_is_not_decoded(token):
    assert decode_base64(token) is None


def test_a_literal_in_a_script_is_found():
    assert embedded_base64(f"[Convert]::FromBase64String('{wide('Get-Date')}')") == ["Get-Date"]


def test_a_long_word_alone_is_taken_for_an_encoded_command():
    assert encoded_command(["powershell", wide("Get-Date; Get-Date; Get-Date; Get-Date")]) is not None


def test_a_program_is_named_without_path_and_ending():
    assert program_name('"C:\\Windows\\System32\\CMD.EXE"') == "cmd"


@given(st.text(max_size=200))
def test_any_text_is_split(text):
    assert all(isinstance(word, str) for word in split_words(text))
