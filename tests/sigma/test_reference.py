"""The engine against the slow evaluator: random rules over random events of several kinds, in several layouts."""

from __future__ import annotations

import json
import os
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sigma.reference import expected_hits
from tests.sigma.rules import PROVIDERS, SYSMON, T0, matches

from magistrate.sigma.folding import fold
from magistrate.sigma.model import LogSource, Rule, RuleHead, RuleSet
from magistrate.sigma.tree import AllOf, AnyOf, Check, Leaf, Not
from magistrate.sources.normalise import normalise_raw

EXAMPLES = int(os.environ.get("MAGISTRATE_SIGMA_EXAMPLES", "60"))
KINDS = [
    (SYSMON, 1, ["Image", "CommandLine", "ParentImage", "User", "Company", "Hashes", "LogonId", "ProcessId", "ParentUser"]),
    ("Security", 4688, ["NewProcessName", "CommandLine", "ParentProcessName", "ProcessId", "SubjectLogonId", "MandatoryLabel", "Company"]),
    ("Security", 4624, ["LogonType", "IpAddress", "IpPort", "TargetUserName", "LogonProcessName", "KeyLength"]),
    ("Security", 4657, ["ObjectName", "ObjectValueName", "NewValue", "OperationType", "ProcessName"]),
    (SYSMON, 3, ["Image", "Initiated", "SourceIp", "DestinationIp", "DestinationPort", "User"]),
    (SYSMON, 13, ["Image", "TargetObject", "Details", "EventType"]),
    (SYSMON, 25, ["Image", "Type", "User"]),
    ("Windows PowerShell", 400, ["param1", "param2", "param3"]),
    ("Some-Vendor/Operational", 7, ["Image", "Threat Name", "Data"]),
]  # fmt: skip
SOURCES = [
    LogSource("windows", "process_creation"),
    LogSource("windows", "", "security"),
    LogSource("windows", "network_connection"),
    LogSource("windows", "registry_set"),
    LogSource("windows", "process_tampering"),
    LogSource("windows", "ps_classic_start"),
    LogSource("windows"),
]
TEXTS = [
    "", "-", " ", "null", "?", '"?"', "a", "A", "ab", "ABC", "xabcx", "a\nb", "\n", "é", "É", "ſ", "K", "İ", "k", "s",
    "\x02", "\x03ab", "\x1f", "\x08", "C:\\Users\\a.exe", "c:\\users\\A.EXE", "\\a.exe", "\\", "\\u0041", "/", '"q"', '"', "*", "a*b",
    "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "[::1]", "0x3e7", "999", "7", "07", "-3", "1.5", "true", "True", "%%1905", "%%1906",
    "\\REGISTRY\\MACHINE\\x", "HKLM\\x", "MD5=ab,SHA256=abc", "2024-03-04 08:15:00", "2024-03-04T08:15:00Z", "S-1-16-8192",
    "High", "CORP\\ab", "NtLmSsp ",
]  # fmt: skip
NAMES = sorted({name.lower().replace(" ", "") for _, _, names in KINDS for name in names})
FIELDS = [*NAMES, "", "parentprocessid", "integritylevel", "md5", "sha256", "data", "channel", "provider_name", "eventid",
          "computer", "level", "nosuchfield", "initiated", "sourceip", "message"]  # fmt: skip
REGEXES = [
    "a.c",
    "(?i)AB",
    "^a",
    "b$",
    "a|é",
    "[a-c]{2,}",
    r"\\users\\",
    "^$",
    r"\s",
    "(?s)a.b",
    "x?abcx+",
    "(?i)k.?",
    "(?i)s",
    r"\d{2,}",
]
PATTERNS = ["a?c", "*b?", "?", "??", "a*b*", "*a\\**", "c:\\\\*.exe", "*u?ers*", "é?", "*[*", "?*"]
NETWORKS = ["10.0.0.0/8", "fe80::/10", "::1/128", "0.0.0.0/0"]


def leaf():
    field, text = st.sampled_from(FIELDS), st.sampled_from(TEXTS)
    plain = st.builds(
        lambda f, check, t, cased: Leaf(f, check, t if cased else fold(t), cased),
        field,
        st.sampled_from([Check.EQUALS, Check.STARTS, Check.ENDS, Check.CONTAINS]),
        text,
        st.sampled_from([False, False, False, True]),
    )
    named = st.sampled_from([name for name in FIELDS if name])
    return st.one_of(
        plain,
        plain,
        st.builds(lambda f, p: Leaf(f, Check.PATTERN, p), field, st.sampled_from(PATTERNS)),
        st.builds(lambda f, r: Leaf(f, Check.REGEX, r, cased=True), field, st.sampled_from(REGEXES)),
        st.builds(lambda f, n: Leaf(f, Check.CIDR, n), named, st.sampled_from(NETWORKS)),
        st.builds(
            lambda f, n, d: Leaf(f, Check.COMPARE, n, detail=d),
            named,
            st.sampled_from(["7", "0", "998.5"]),
            st.sampled_from(["lt", "lte", "gt", "gte"]),
        ),
        st.builds(lambda f, t: Leaf(f, t), named, st.sampled_from([Check.NULL, Check.EXISTS])),
        st.builds(
            lambda f, g, d: Leaf(f, Check.FIELD, g, detail=d),
            named,
            named,
            st.sampled_from(["equals", "starts", "ends", "contains"]),
        ),
        st.builds(
            lambda f, d: Leaf(f, Check.TIME, "15", detail=d),
            named,
            st.sampled_from(["minute", "hour", "week"]),
        ),
    )


TREES = st.recursive(
    leaf(),
    lambda inner: st.one_of(
        st.builds(lambda parts: AllOf(tuple(parts)), st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(inner, min_size=1, max_size=4)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)
RULES = st.lists(st.tuples(st.sampled_from(SOURCES), TREES), min_size=1, max_size=25)


@st.composite
def events(draw):
    rows = []
    for number in range(draw(st.integers(1, 20))):
        channel, event_id, names = draw(st.sampled_from(KINDS))
        chosen = draw(st.lists(st.sampled_from([*names, names[0].upper(), "NoSuchField"]), unique=True))
        data = {name: draw(st.one_of(st.none(), st.sampled_from(TEXTS))) for name in chosen}
        rows.append(row(number, channel, event_id, data, draw(st.sampled_from(LAYOUTS)), draw(st.booleans())))
    return rows


def compact(data):
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def numbers(data):
    return compact(
        {k: int(v) if v is not None and v.isdecimal() and str(int(v)) == v else v for k, v in data.items()}
    )


def foreign(data):
    return json.dumps(data).replace("/", "\\/")


def absent(data):
    return None


LAYOUTS = [compact, compact, numbers, foreign, absent]


def row(number, channel, event_id, data, layout, with_raw):
    provider = PROVIDERS.get(channel, "PowerShell")
    made = normalise_raw(
        {
            "Channel": channel,
            "EventID": event_id,
            "Provider": provider,
            "Computer": "WS01.corp.example",
            "data": data,
        }
    )
    made.setdefault("category", "other")
    return made | {
        "evidence_id": f"{number:016x}",
        "Timestamp": T0 + timedelta(seconds=number),
        "event_data": layout(data),
        "raw": '{"Level":"4","Keywords":"0x80"}' if with_raw else None,
    }


def rule_set(chosen) -> RuleSet:
    heads = (RuleHead(f"rule-{number:03}", "a rule", "r.yml") for number in range(len(chosen)))
    return RuleSet(tuple(Rule(head, *one) for head, one in zip(heads, chosen, strict=True)), (), (), "")


def found(rules, rows):
    return {
        item.rule.id: {hit.evidence.evidence_id for hit in item.hits} for item in matches(rules, rows).rules
    }


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(RULES, events())
def test_the_engine_says_of_every_rule_and_event_what_the_slow_evaluator_says(chosen, rows):
    rules = rule_set(chosen)

    assert expected_hits(rules, rows) == found(rules, rows)
