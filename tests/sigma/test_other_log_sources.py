"""Events of Defender XDR, Elastic Defend and Zeek, read from our samples, under the log sources of published rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sigma.reference import expected_hits
from tests.sigma.rules import load, rule_text

from magistrate.sigma import match_rules
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore

SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
FILES = ["json/defender_xdr.ndjson", "json/elastic_defend.ndjson", "json/zeek.ndjson"]
XDR, ELASTIC = "DeviceProcessEvents", "endpoint.events.process"
CASES = [
    ("process_creation", "s: {Image|endswith: \\cmd.exe, ParentImage|endswith: \\wmiprvse.exe}", {XDR, ELASTIC}),
    ("process_creation", "s: {CommandLine|contains: ' /Q ', OriginalFileName: null}", set()),
    ("process_creation", "s: {MD5: 0123456789abcdef0123456789abcdef}", {XDR}),
    ("network_connection", "s: {Initiated: 'false', DestinationIp|cidr: 198.51.100.0/24}", {"DeviceNetworkEvents", "endpoint.events.network"}),
    ("registry_set", "s: {TargetObject|startswith: HKLM\\SOFTWARE\\, Details: x}", {"DeviceRegistryEvents"}),
    ("registry_delete", "s: {TargetObject|contains: SOFTWARE}", set()),
    ("file_event", "s: {TargetFilename|contains: __17, Image|endswith: \\cmd.exe}", {"DeviceFileEvents"}),
    ("dns", "s: {query|contains: srv01, record_type: A}", {"Zeek/dns"}),
]  # fmt: skip
SERVICES = [
    (
        "{product: zeek, service: dce_rpc}",
        "s: {endpoint: IWbemServices, operation: ExecMethod}",
        {"Zeek/dce_rpc"},
    ),
    ("{product: zeek, service: dns}", "s: {query|endswith: corp.example}", {"Zeek/dns"}),
    ("{product: zeek, service: conn}", "s: {id.resp_p: 135, id.orig_h|cidr: 192.0.2.0/24}", {"Zeek/conn"}),
    ("{product: zeek, service: rdp}", "s: {id.resp_p|exists: true}", set()),
]


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples") / "events"
    collect([SAMPLES / name for name in FILES], folder, IntakeOptions(keep_all=True))
    return folder


@pytest.mark.parametrize(
    ("logsource", "detection", "channels"),
    [
        (f"{{product: windows, category: {name}}}" if name != "dns" else "{category: dns}", *rest)
        for name, *rest in CASES
    ]
    + SERVICES,
)
def test_a_rule_names_events_of_other_products_as_the_slow_evaluator_does(
    events, tmp_path, logsource, detection, channels
):
    rules = load(tmp_path / "rules", rule_text(f"{detection}\ncondition: s", logsource=logsource))
    with DuckDBStore.open(events) as store:
        found = match_rules(store, rules)
        rows = store.query("SELECT * FROM event")
    hits = [hit for rule in found.rules for hit in rule.hits]

    assert channels == {hit.evidence.channel for hit in hits}
    assert expected_hits(rules, rows) == (
        {rules.rules[0].head.id: {h.evidence.evidence_id for h in hits}} if hits else {}
    )
