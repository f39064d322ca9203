"""The shipped cases: complete, and the committed demo equals its scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from magistrate.context.load import load_context
from scenario_writer.render import render_records, render_scenario, write_context
from scenario_writer.scenario import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = sorted((SCENARIOS / "cases").glob("*.yml"))
DEMO = SCENARIOS / "demo"
DEMO_CASE = SCENARIOS / "cases" / "10_full.yml"
MAX_DEMO_BYTES = 1_000_000


def test_the_committed_demo_equals_a_fresh_rendering(tmp_path):
    render_scenario(DEMO_CASE, tmp_path / "logs")
    write_context(DEMO_CASE, tmp_path / "context.yml")
    fresh = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(DEMO): path.read_bytes() for path in DEMO.rglob("*") if path.is_file()}

    assert sorted(fresh) == sorted(committed)
    assert [name for name in fresh if fresh[name] != committed[name]] == []


def test_the_demo_is_small():
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < MAX_DEMO_BYTES


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_case_says_what_is_expected_of_it(case):
    assert {"disposition", "not_disposition"} & set(load_scenario(case).expect)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_context_of_a_case_is_one_that_the_product_takes(case, tmp_path):
    if not write_context(case, tmp_path / "context.yml"):
        pytest.skip("this case has no context")

    assert load_context(tmp_path / "context.yml").source == "context.yml"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_case_uses_private_or_documentation_addresses(case):
    scenario = load_scenario(case)

    assert scenario.domain["dns"].endswith((".example", "example.com"))
    assert all(str(host["ip"]).startswith("10.") for host in scenario.hosts.values())


def _records(name: str):
    files = render_records(load_scenario(SCENARIOS / "cases" / f"{name}.yml"))
    return [(Path(file).parts[0], rendered) for file, entries in files.items() for _, rendered in entries]


def test_wmiexec_case_reads_the_output_file_back_from_the_operator():
    shares = [r.fields for _, r in _records("01_wmiexec") if r.layout == "security.5145"]
    output = [f["IpAddress"] for f in shares if f["RelativeTargetName"].startswith("__")]

    assert output.count("127.0.0.1") == 4
    assert output.count("10.23.123.11") == 5
    assert set(output) == {"127.0.0.1", "10.23.123.11"}


def test_wmiexec_case_has_an_innocent_session_within_the_join_window():
    records = [r for _, r in _records("01_wmiexec")]
    logons = [r.fields for r in records if r.layout == "security.4624" and r.fields["LogonType"] == 3]

    assert {(f["IpAddress"], f["AuthenticationPackageName"]) for f in logons} == {
        ("10.23.23.9", "Kerberos"),
        ("10.23.123.11", "NTLM"),
    }
    assert [r.layout for r in records if r.layout.startswith("security.4688v2")] == []


def test_calc_case_has_three_logons_of_one_account_and_one_of_another():
    records = [r.fields for _, r in _records("02_calc_target_only") if r.layout == "security.4624"]
    names = [f["TargetUserName"] for f in records if f["LogonType"] == 3]

    assert names.count("Administrator") == 3
    assert names.count("user01") == 1
    assert {f["IpAddress"] for f in records if f["LogonType"] == 3} == {"10.0.2.17"}


def test_subscription_case_is_clean_again_after_fifty_seconds():
    records = [
        r.fields
        for _, r in _records("03_subscription")
        if r.layout in ("sysmon.19", "sysmon.20", "sysmon.21")
    ]

    assert sorted(f["Operation"] for f in records) == ["Created"] * 3 + ["Deleted"] * 3
    assert {f["User"] for f in records} == {"CORP\\user11"}


def test_scanner_case_has_nine_earlier_weeks():
    starts = [
        r.fields
        for _, r in _records("04_nessus")
        if r.layout == "security.4688v2_long" and r.fields["CommandLine"].endswith("start= demand")
    ]

    assert len(starts) == 10


def test_variants_leave_out_what_their_name_says():
    hosts = {host for host, _ in _records("15_without_source_host")}
    layouts = {r.layout.split(".")[0] for _, r in _records("17_only_system")}

    assert hosts == {"SRV12"}
    assert layouts <= {"system", "system_kernel", "system_eventlog_classic"}
