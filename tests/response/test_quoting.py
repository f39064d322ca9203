from __future__ import annotations

import ipaddress
import json
import re
import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.response import quoting
from magistrate.response.quoting import RefusedValueError, quote_powershell

REFUSED = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}


def unquote(literal: str) -> str:
    """Read back what PowerShell makes of a text: one in single quotes, or texts and numbers joined by plus signs."""
    assert literal.isascii()
    parts = [literal]
    if literal.startswith("("):
        assert literal[1] == "'", "the first operand is no text"
        parts = re.findall(r"'(?:[^']|'')*'|\[char\]0x[0-9A-F]{4}", literal[1:-1])
        assert literal == f"({'+'.join(parts)})"
    units = b"".join(_units(part) for part in parts)
    return units.decode("utf-16-be", "surrogatepass")


def _units(part: str) -> bytes:
    if part.startswith("[char]"):
        return int(part.removeprefix("[char]"), 16).to_bytes(2, "big")
    assert re.fullmatch(r"'(?:[^']|'')*'", part), "the text ends early"
    return part[1:-1].replace("''", "'").encode("utf-16-be")


def quoted_or_none(value: str) -> str | None:
    try:
        return quote_powershell(value)
    except RefusedValueError:
        return None


@given(st.text(min_size=1, max_size=60))
def test_any_text_is_refused_or_read_back_as_itself(value):
    literal = quoted_or_none(value)

    assert literal is None or unquote(literal) == value


@given(st.text(alphabet="'\u2018\u2019\u201a\u201ba$`\";|&(){}", min_size=1, max_size=20))
def test_quotes_of_every_kind_cannot_end_the_literal(value):
    assert unquote(quote_powershell(value)) == value


@given(st.text(min_size=1, max_size=60))
def test_no_refused_character_ever_gets_through(value):
    literal = quoted_or_none(value) or ""

    assert not any(unicodedata.category(character) in REFUSED for character in literal)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a\nb",
        "a\rb",
        "a\x00b",
        "a\x1bb",
        "a\u202eb",
        "a\u2028b",
        "\ufeffa",
        "a" * 257,
        "\u0335" * 40,
        "'" * 200,
    ],
)
def test_empty_long_and_invisible_values_are_refused(value):
    with pytest.raises(RefusedValueError):
        quote_powershell(value)


def test_the_message_of_a_refusal_does_not_repeat_the_value():
    with pytest.raises(RefusedValueError) as caught:
        quote_powershell("secret\nvalue")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", ["WS01", "ws01.corp.example", "SRV-01", "_msdcs", "a1.b2.c3"])
def test_host_names_are_taken(value):
    assert quoting.host_name(value) == f"'{value}'"


@pytest.mark.parametrize(
    "value", ["-x", "a b", "a;b", "$(x)", "a'b", "a..b", "", ".", "a\\b", "ws01/..", "wsé"]
)
def test_what_is_no_host_name_is_refused(value):
    with pytest.raises(RefusedValueError):
        quoting.host_name(value)


@pytest.mark.parametrize("value", ["user03", "svc_disc", "WS01$", "j.doe", "adm-1"])
def test_account_names_are_taken(value):
    assert quoting.account_name(value) == f"'{value}'"


def test_letters_that_an_old_code_page_turns_into_quotes_are_given_by_their_numbers():
    assert quoting.account_name("müller") == "('m'+[char]0x00FC+'ller')"
    assert quoting.account_name("Òx") == "(''+[char]0x00D2+'x')"


def test_a_character_beyond_16_bits_is_given_by_both_its_units():
    assert quote_powershell("\U0001f600") == "(''+[char]0xD83D+[char]0xDE00)"


@given(st.text(max_size=60))
def test_any_text_at_all_reads_back_as_itself(value):
    assert unquote(quoting.powershell_text(value)) == value


@pytest.mark.parametrize(
    "value", ["net use x: /user:adm01 Sommer2024", "/password:Sommer2024", "Updater /password:<masked>"]
)
@pytest.mark.parametrize("quote", [quote_powershell, quoting.quote_json])
def test_a_secret_or_its_mask_is_refused(quote, value):
    with pytest.raises(RefusedValueError, match="looks like a password"):
        quote(value)


@given(st.text(min_size=1, max_size=60))
def test_json_texts_are_ascii_and_read_back_as_themselves(value):
    try:
        text = quoting.quote_json(value)
    except RefusedValueError:
        return

    assert text.isascii()
    assert json.loads(text) == value


@given(st.text(alphabet="0123456789abcdef.:/%, &|\"'", max_size=40))
def test_netsh_gets_an_address_in_its_normal_form_or_nothing(value):
    try:
        written = quoting.netsh_address(value)
    except RefusedValueError:
        return

    assert str(ipaddress.ip_address(written)) == written


@pytest.mark.parametrize(
    "value", ["-WhatIf", "a;b", 'a"b', "a|b", "a/b", "$x", "a'b", "a`b", "", "a\nb", "*", "a@b"]
)
def test_what_is_no_account_name_is_refused(value):
    with pytest.raises(RefusedValueError):
        quoting.account_name(value)


def test_a_full_account_name_keeps_its_domain():
    assert quoting.full_account_name("CORP\\user03") == "'CORP\\user03'"


@pytest.mark.parametrize("value", ["CO;RP\\user03", "CORP\\a;b", "\\user03", "A\\B\\user03"])
def test_a_full_account_name_with_a_bad_part_is_refused(value):
    with pytest.raises(RefusedValueError):
        quoting.full_account_name(value)


@pytest.mark.parametrize("value", ["S-1-5-21-1-2-3-1104", "S-1-5-18"])
def test_sids_are_taken(value):
    assert quoting.security_id(value) == f"'{value}'"


@pytest.mark.parametrize("value", ["S-1", "S-1-5-21;x", "s-1-5-18", "S-1-5-١"])
def test_what_is_no_sid_is_refused(value):
    with pytest.raises(RefusedValueError):
        quoting.security_id(value)


@pytest.mark.parametrize(
    ("value", "written"), [("192.0.2.7", "'192.0.2.7'"), ("2001:DB8::1", "'2001:db8::1'")]
)
def test_addresses_are_written_in_their_normal_form(value, written):
    assert quoting.address(value) == written


@pytest.mark.parametrize(
    "value",
    ["127.0.0.1", "::1", "0.0.0.0", "224.0.0.1", "fe80::1%eth0", "192.0.2.0/24", "any", "192.0.2.7,any"],
)
def test_addresses_that_must_not_be_blocked_are_refused(value):
    with pytest.raises(RefusedValueError):
        quoting.address(value)


@pytest.mark.hostile
def test_every_hostile_string_is_refused_or_read_back_as_itself(hostile):
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    values = [str(value) for line in lines for value in json.loads(line).values()]
    results = [(value, quoted_or_none(value)) for value in values]

    assert all(literal is None or unquote(literal) == value for value, literal in results)


@pytest.mark.hostile
@pytest.mark.parametrize("kind", ["host_name", "account_name", "full_account_name", "security_id", "address"])
def test_no_hostile_name_reaches_a_command_with_shell_characters(hostile, kind):
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    values = [str(json.loads(line)[key]) for line in lines for key in ("User", "CommandLine", "CanaryName")]
    taken = []
    for value in values:
        try:
            taken.append(getattr(quoting, kind)(value))
        except RefusedValueError:
            continue

    assert not any(set(unquote(literal)) & set("'\"`;|&<>(){}@%*?\n") for literal in taken)


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed here")
@pytest.mark.parametrize("value", ["a'b", "\u2019; calc", "$(calc)", "`$x", '"', "{0}"])
def test_powershell_itself_reads_the_literal_back(value):
    command = f"[Console]::Out.Write({quote_powershell(value)})"
    done = subprocess.run(["pwsh", "-NoProfile", "-Command", command], capture_output=True, check=True)

    assert done.stdout.decode("utf-8") == value
