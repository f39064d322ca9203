"""What each modifier means: a value that passes and one that does not."""

from __future__ import annotations

import base64

import pytest
from tests.sigma.rules import event, hit_numbers, load, matches, rule_text

FOO16 = "foo".encode("utf-16-le")


def hits(tmp_path, key, value, *texts):
    """Which of the texts, counted from 1, pass when they are the command line."""
    detection = f"s:\n  {key}: {value}\ncondition: s"
    rules = load(tmp_path / "rules", rule_text(detection))
    assert rules.refused == ()
    rows = [
        event(number, {"Image": "C:\\x.exe", "CommandLine": text}) for number, text in enumerate(texts, 1)
    ]

    return hit_numbers(matches(rules, rows)).get("1", [])


@pytest.mark.parametrize(
    ("key", "value", "passing", "failing"),
    [
        ("CommandLine", "abc", "ABC", "abcd"),
        ("CommandLine", "'a*c'", "aXXc", "aXXd"),
        ("CommandLine", "'a?c'", "abc", "ac"),
        ("CommandLine", r"'a\*c'", "a*c", "abc"),
        ("CommandLine", r"'a\\*'", "a\\b", "ab"),
        ("CommandLine", r"'C:\Windows\\*'", "c:\\windows\\x", "c:\\windowsx"),
        ("CommandLine|contains", "b", "abc", "ac"),
        ("CommandLine|startswith", "ab", "ABc", "cab"),
        ("CommandLine|endswith", "bc", "aBC", "bca"),
        ("CommandLine|contains|all", "[a, b]", "ba", "a"),
        ("CommandLine|contains", "[a, b]", "xb", "xc"),
        ("CommandLine|contains|cased", "aB", "xaBx", "xabx"),
        ("CommandLine|re", "'a.c$'", "xabc", "xabC"),
        ("CommandLine|re|i", "'A.C$'", "xabc", "xab"),
        ("CommandLine|re|s", "'a.c'", "a\nc", "ac"),
        ("CommandLine|re|m", "'^b$'", "a\nb\nc", "ab"),
        ("CommandLine|cidr", "192.0.2.0/24", "192.0.2.77", "192.0.3.1"),
        ("CommandLine|cidr", "2001:db8::/32", "2001:db8::1", "2001:db9::1"),
        ("CommandLine|windash|contains", "' -enc '", "x /enc y", "x enc y"),
        ("CommandLine|windash|contains", "' /enc '", "x \u2013enc y", "x _enc y"),
        ("CommandLine|base64", "foo", base64.b64encode(b"foo").decode(), "foo"),
        ("CommandLine|base64offset|contains", "foobar", base64.b64encode(b"xxfoobary").decode(), base64.b64encode(b"fooba").decode()),
        ("CommandLine|base64offset|contains", "foobar", base64.b64encode(b"xfoobaryy").decode(), base64.b64encode(b"barfoo").decode()),
        ("CommandLine|base64offset|contains", "grüße", base64.b64encode("x grüße y".encode()).decode(), base64.b64encode(b"grusse").decode()),
        ("CommandLine|wide|base64offset|contains", "foo", base64.b64encode(b"z" + FOO16 + b"x\0").decode(), base64.b64encode(b"foo").decode()),
        ("CommandLine|utf16le|base64offset|contains", "foo", base64.b64encode(b"zz" + FOO16 + b"x\0").decode(), base64.b64encode(b"foo").decode()),
        ("CommandLine|utf16|base64", "foo", base64.b64encode(b"\xff\xfe" + FOO16).decode(), base64.b64encode(FOO16).decode()),
        ("CommandLine|utf16be|base64", "foo", base64.b64encode("foo".encode("utf-16-be")).decode(), base64.b64encode(FOO16).decode()),
        ("CommandLine|gt", "5", "6", "5"),
        ("CommandLine|gte", "5", "0x5", "4"),
        ("CommandLine|lt", "5", "4.5", "5"),
        ("CommandLine|lte", "5", "5", "six"),
        ("CommandLine|neq", "abc", "abd", "ABC"),
        ("CommandLine|hour", "8", "2024-03-04 08:15:00", "2024-03-04 09:15:00"),
        ("CommandLine|fieldref", "Image", "c:\\X.exe", "C:\\y.exe"),
        ("CommandLine|fieldref|endswith", "Image", "run C:\\x.exe", "C:\\x.exe run"),
        ("CommandLine", "5", "5", "55"),
        ("CommandLine", "true", "True", "1"),
        ("'|all'", "[foo, bar]", "bar foo", "foo"),
        ("CommandLine", "[abc, 'x*']", "xyz", "yz"),
    ],
)  # fmt: skip
def test_a_modifier_takes_what_it_means_and_nothing_else(tmp_path, key, value, passing, failing):
    assert hits(tmp_path, key, value, passing, failing) == [1]


def test_keywords_are_found_in_any_recorded_value(tmp_path):
    rules = load(tmp_path / "rules", rule_text("k: [Evil, 'a*z']\ncondition: k"))
    rows = [
        event(1, {"Image": "C:\\x.exe", "Anything": "so EVIL here"}),
        event(2, {"Image": "C:\\x.exe", "Anything": "xx abcz xx"}),
        event(3, {"Image": "C:\\x.exe", "Evil": "only a name"}),
    ]

    assert hit_numbers(matches(rules, rows)) == {"1": [1, 2]}


@pytest.mark.parametrize(
    ("data", "null", "empty", "exists"),
    [
        ({}, True, False, False),
        ({"Company": None}, True, True, True),
        ({"Company": ""}, False, True, True),
        ({"Company": "-"}, False, False, True),
        ({"Company": "x"}, False, False, True),
    ],
)
def test_null_empty_and_exists_tell_records_apart(tmp_path, data, null, empty, exists):
    texts = [
        rule_text("s: {Company: null}\ncondition: s", 1),
        rule_text("s: {Company: ''}\ncondition: s", 2),
        rule_text("s: {Company|exists: true}\ncondition: s", 3),
        rule_text("s: {Company|exists: false}\ncondition: s", 4),
    ]
    found = hit_numbers(matches(load(tmp_path / "rules", *texts), [event(1, {"Image": "C:\\x.exe"} | data)]))

    assert [name in found for name in "1234"] == [null, empty, exists, not exists]


def test_unnamed_data_is_one_field_with_several_values(tmp_path):
    rules = load(
        tmp_path / "rules",
        rule_text(
            "s: {Data|contains|all: [one, two]}\ncondition: s",
            logsource="{product: windows, category: ps_classic_start}",
        ),
    )
    row = event(1, {"param1": "x one", "param3": "two"}, Channel="Windows PowerShell", EventID=400)

    assert hit_numbers(matches(rules, [row])) == {"1": [1]}


def test_hash_names_read_sysmons_list(tmp_path):
    rules = load(tmp_path / "rules", rule_text("s: {Imphash: ABCD}\ncondition: s"))
    row = event(1, {"Image": "C:\\x.exe", "Hashes": "MD5=11,IMPHASH=abcd"})

    assert hit_numbers(matches(rules, [row])) == {"1": [1]}


def test_audited_registry_values_answer_as_sysmons_do(tmp_path):
    rules = load(
        tmp_path / "rules",
        rule_text(
            "s: {TargetObject|startswith: HKLM\\Software, TargetObject|endswith: \\Run\\x}\ncondition: s",
            logsource="{product: windows, category: registry_set}",
        ),
    )
    data = {
        "ObjectName": "\\REGISTRY\\MACHINE\\SOFTWARE\\Run",
        "ObjectValueName": "x",
        "OperationType": "%%1904",
    }
    rows = [
        event(number, {**data, "OperationType": kind}, Channel="Security", EventID=4657)
        for number, kind in ((1, "%%1904"), (2, "%%1906"))
    ]

    assert hit_numbers(matches(rules, rows)) == {"1": [1]}


def test_a_field_written_in_two_ways_loses_neither_value(tmp_path):
    rules = load(tmp_path / "rules", rule_text("s: {Whatever: bad}\ncondition: s"))

    assert hit_numbers(matches(rules, [event(1, {"Image": "x", "Whatever": "good", "WHATEVER": "bad"})])) == {
        "1": [1]
    }


def test_t_json_6_look_alike_letters_do_not_name_a_known_field(tmp_path):
    rules = load(tmp_path / "rules", rule_text("s: {CommandLine: bad}\ncondition: s"))

    assert hit_numbers(matches(rules, [event(1, {"Image": "x", "CommandL\u0456ne": "bad"})])) == {}


def test_names_with_blanks_answer_to_the_name_without(tmp_path):
    rules = load(
        tmp_path / "rules",
        rule_text("s: {ThreatName: EICAR}\ncondition: s", logsource="{product: windows, service: windefend}"),
    )
    row = event(
        1, {"Threat Name": "eicar"}, Channel="Microsoft-Windows-Windows Defender/Operational", EventID=1116
    )

    assert hit_numbers(matches(rules, [row])) == {"1": [1]}
