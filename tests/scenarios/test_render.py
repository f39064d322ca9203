"""Rendering: every scenario gives logs that two parsers read back field by field, and always the same bytes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scenario_writer.__main__ import main
from scenario_writer.actions import ACTIONS
from scenario_writer.actions.subscriptions import sid_bytes
from scenario_writer.layouts import load_layouts
from scenario_writer.render import render_records, render_scenario
from scenario_writer.scenario import ScenarioError, load_scenario, parse_duration
from scenarios.readback import read_with_python_evtx, read_with_rust, written_fields

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = sorted((SCENARIOS / "cases").glob("*.yml"))
SLOW_PARSER_RECORDS = (
    60  # the pure Python parser takes about a millisecond a field; a spread of records is enough
)

MINIMAL = """
id: small
title: small
start: 2026-03-03T08:00:00Z
domain: {name: CORP, dns: corp.example, sid: S-1-5-21-1-2-3}
hosts:
  A: {ip: 10.0.0.1, logging: full}
  B: {ip: 10.0.0.2, logging: full}
accounts:
  user02: {rid: 1101, admin: true}
events:
  - {at: -1d, do: boot, host: A}
  - {at: -1d, do: boot, host: B}
"""


def scenario_file(tmp_path: Path, *events: str, name: str = "small", extra: str = "") -> Path:
    path = tmp_path / f"{name}.yml"
    path.write_text(MINIMAL + "".join(f"  - {event}\n" for event in events) + extra, "utf-8")
    return path


def layouts_of(path: Path) -> list[str]:
    return [
        rendered.layout for entries in render_records(load_scenario(path)).values() for _, rendered in entries
    ]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Renders a case once for all tests of this module."""
    known: dict[Path, Path] = {}

    def render(case: Path) -> Path:
        if case not in known:
            known[case] = tmp_path_factory.mktemp(case.stem)
            render_scenario(case, known[case])
        return known[case]

    return render


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_record_of_a_case_reads_back_in_the_product_parser(case, rendered):
    folder = rendered(case)
    layouts = load_layouts()

    for name, entries in render_records(load_scenario(case)).items():
        read = read_with_rust(folder / name)
        expected = {r.record_id: written_fields(layouts[r.layout], r.fields) for _, r in entries}
        assert expected == {number: record.fields for number, record in read.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_spread_of_records_reads_back_in_the_second_parser(case, rendered):
    folder = rendered(case)
    layouts = load_layouts()
    files = sorted(render_records(load_scenario(case)).items())
    step = max(1, sum(len(entries) for _, entries in files) // SLOW_PARSER_RECORDS)

    for name, entries in files:
        wanted = {
            r.record_id: written_fields(layouts[r.layout], r.fields, as_xml=True) for _, r in entries[::step]
        }
        read = read_with_python_evtx(folder / name, set(wanted))
        assert wanted == {number: record.fields for number, record in read.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_record_ids_and_times_grow_within_a_channel(case, rendered):
    for file in sorted(rendered(case).rglob("*.evtx")):
        records = list(read_with_rust(file).items())
        numbers = [number for number, _ in records]

        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert [r.system[5] for _, r in records] == sorted(r.system[5] for _, r in records)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_case_is_named_by_its_file(case):
    assert case.stem == load_scenario(case).id


def test_rendering_twice_gives_the_same_bytes(tmp_path):
    case = SCENARIOS / "cases" / "10_full.yml"
    first, second = render_scenario(case, tmp_path / "a"), render_scenario(case, tmp_path / "b")

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_variant_leaves_the_records_it_keeps_unchanged(tmp_path):
    base = scenario_file(tmp_path, "{at: 0s, do: routine, host: A, lasts: 2h}")
    variant = tmp_path / "variant.yml"
    variant.write_text(
        "id: variant\nbase: small\ntitle: without Sysmon\ndrop: [{logs: [sysmon.*]}]\n", "utf-8"
    )
    full, less = render_records(load_scenario(base)), render_records(load_scenario(variant))

    assert set(full) - set(less) == {
        "A/Microsoft-Windows-Sysmon%4Operational.evtx",
        "B/Microsoft-Windows-Sysmon%4Operational.evtx",
    }
    assert full["A/Security.evtx"] == less["A/Security.evtx"]


def test_a_variant_without_command_lines_keeps_the_processes(tmp_path):
    scenario_file(tmp_path, "{at: 0s, do: process, host: A, run: whoami}")
    variant = tmp_path / "variant.yml"
    variant.write_text(
        "id: variant\nbase: small\ntitle: x\ndrop: [{logs: [sysmon.*], command_line: true}]\n", "utf-8"
    )
    records = render_records(load_scenario(variant))["A/Security.evtx"]

    assert [r.fields["CommandLine"] for _, r in records if r.layout == "security.4688v2_long"] == [""]


def test_a_variant_without_a_host_has_no_file_of_it(tmp_path):
    scenario_file(tmp_path, "{at: 0s, do: process, host: A, run: whoami}")
    variant = tmp_path / "variant.yml"
    variant.write_text("id: variant\nbase: small\ntitle: x\ndrop: [{host: A}]\n", "utf-8")

    assert {name.split("/")[0] for name in render_records(load_scenario(variant))} == {"B"}


def test_a_remote_call_is_seen_at_both_ends(tmp_path):
    case = scenario_file(
        tmp_path,
        "{at: 0s, do: logon, host: A, account: user02}",
        "{at: 5s, do: wmic_remote, host: A, session: user02, target: B, account: user02, command: calc.exe, run: calc}",
    )
    records = render_records(load_scenario(case))
    child = next(
        r
        for _, r in records["B/Security.evtx"]
        if r.layout == "security.4688v2_long" and r.fields["NewProcessName"].endswith("calc.exe")
    )
    logon = [r for _, r in records["B/Security.evtx"] if r.layout == "security.4624"][-1]

    assert child.fields["SubjectUserName"] == "B$"
    assert child.fields["TargetLogonId"] == logon.fields["TargetLogonId"]
    assert logon.fields["IpAddress"] == "10.0.0.1"
    assert any(
        r.fields.get("DestinationPort") == 135
        for _, r in records["A/Microsoft-Windows-Sysmon%4Operational.evtx"]
    )


def test_the_oldest_process_record_names_no_account_but_the_creator(tmp_path):
    path = scenario_file(
        tmp_path, "{at: 0s, do: remote_wmi, host: B, account: user02, source: 10.0.0.9, run: calc}"
    )
    path.write_text(
        path.read_text().replace(
            "ip: 10.0.0.2, logging: full",
            "ip: 10.0.0.2, logging: {profile: full, process_layout: security.4688v1}",
        )
    )
    processes = [
        r for _, r in render_records(load_scenario(path))["B/Security.evtx"] if r.layout == "security.4688v1"
    ]

    assert {"TargetUserName", "ParentProcessName"}.isdisjoint(set().union(*(r.fields for r in processes)))


def test_clearing_a_log_takes_its_older_records(tmp_path):
    case = scenario_file(
        tmp_path,
        "{at: 0s, do: logon, host: A, account: user02}",
        "{at: 9s, do: log_cleared, host: A, session: user02}",
        "{at: 20s, do: process, host: A, session: user02, run: whoami}",
    )
    names = [r.layout for _, r in render_records(load_scenario(case))["A/Security.evtx"]]

    assert names[0] == "security_eventlog.1102"
    assert "security.4624" not in names


def test_repeated_events_come_at_their_interval(tmp_path):
    case = scenario_file(
        tmp_path, "{at: 1h, repeat: {times: 3, every: 7d, events: [{do: process, host: A, run: whoami}]}}"
    )
    times = [step.at for step in load_scenario(case).steps if step.action == "process"]

    assert [moment - times[0] for moment in times] == [timedelta(0), timedelta(days=7), timedelta(days=14)]


def test_encoded_text_becomes_what_powershell_takes(tmp_path):
    case = scenario_file(tmp_path, "{do: process, host: A, run: cmd, command: 'x <<encode AB>>'}")

    assert load_scenario(case).steps[-1].arguments["command"] == "x QQBCAA=="


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("-7d", -604_800), ("+250ms", 0.25), ("1.5s", 1.5)]
)
def test_durations_are_read(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("{do: nonsense, host: A}", "no action nonsense"),
        ("{do: process, host: A}", "missing a required argument: 'run'"),
        ("{do: process, host: Z, run: cmd}", "no host Z"),
        ("{do: process, host: A, run: cmd, session: user04}", "no session user04"),
        ("{do: process, host: A, run: unheard}", "No program unheard"),
        ("{do: logon, host: A, account: user04}", "no account user04"),
        ("{event: security.9999, host: A}", "no layout security.9999"),
        ("{event: system.7045, host: A, fields: {Nonsense: 1}}", "has no field Nonsense"),
        ("{at: soon, do: boot, host: A}", "is not a duration"),
        ("{at: 1s, host: A}", "needs one of do, event or repeat"),
    ],
)
def test_a_wrong_event_is_refused_with_its_place(tmp_path, event, message):
    case = scenario_file(tmp_path, event)

    with pytest.raises(ScenarioError, match=r"small\.yml, event 3.*" + message):
        render_records(load_scenario(case))


def test_an_unknown_key_of_a_scenario_is_refused(tmp_path):
    case = scenario_file(tmp_path, extra="evnets: []\n")

    with pytest.raises(ScenarioError, match="unknown keys evnets"):
        load_scenario(case)


def test_every_action_says_what_it_is_for():
    assert all(function.__doc__ for function in ACTIONS.values())


def test_command_line_renders_a_case(tmp_path, capsys):
    case = scenario_file(tmp_path, "{at: 0s, do: process, host: A, run: whoami}")
    code = main(["render", str(case), str(tmp_path / "out")])

    assert code == 0
    assert "A/Security.evtx" in capsys.readouterr().out.splitlines()
    assert (tmp_path / "out" / "A" / "Security.evtx").is_file()


def test_command_line_says_what_is_wrong(tmp_path, capsys):
    code = main(["render", str(tmp_path / "none.yml"), str(tmp_path / "out")])

    assert code == 2
    assert "none.yml" in capsys.readouterr().err


def test_a_long_script_block_is_split_and_can_be_joined_again(tmp_path):
    text = "Write-Output 'ä'; " * 1200
    case = scenario_file(
        tmp_path,
        "{at: 0s, do: logon, host: A, account: user02}",
        f'{{at: 5s, do: powershell, host: A, session: user02, label: ps, blocks: ["{text}"]}}',
    )
    blocks = [
        r.fields
        for _, r in render_records(load_scenario(case))["A/Microsoft-Windows-PowerShell%4Operational.evtx"]
        if r.layout == "powershell.4104"
    ]

    assert "".join(block["ScriptBlockText"] for block in blocks) == text
    assert [(b["MessageNumber"], b["MessageTotal"]) for b in blocks] == [(1, 3), (2, 3), (3, 3)]


def test_an_output_file_is_touched_from_both_addresses(tmp_path):
    case = scenario_file(
        tmp_path,
        "{at: 0s, do: remote_logon, host: A, account: user02, source: 10.0.0.9, label: files}",
        "{at: 1s, do: remote_wmi, host: A, account: user02, source: 10.0.0.9, run: cmd, session_label: call}",
        "{at: 2s, do: share_readback, host: A, writer: call, reader: files, name: out.txt}",
    )
    seen = [
        r.fields["IpAddress"]
        for _, r in render_records(load_scenario(case))["A/Security.evtx"]
        if r.layout == "security.5145"
    ]

    assert seen == ["127.0.0.1"] * 2 + ["10.0.0.9"] * 2


def test_a_new_start_of_a_host_is_in_its_system_log(tmp_path):
    case = scenario_file(tmp_path, "{at: 0s, do: shutdown, host: A}", "{at: 1m, do: boot, host: A}")
    names = [r.layout for _, r in render_records(load_scenario(case))["A/System.evtx"]]

    assert names[-4:] == [
        "system_eventlog_classic.6006",
        "system_kernel.13",
        "system_kernel.12",
        "system_eventlog_classic.6005",
    ]


def test_a_session_ends_with_the_account_that_began_it(tmp_path):
    case = scenario_file(
        tmp_path,
        "{at: 0s, do: logon, host: A, account: user02}",
        "{at: 1h, do: logoff, host: A, session: user02}",
    )
    records = {r.layout: r.fields for _, r in render_records(load_scenario(case))["A/Security.evtx"]}

    assert records["security.4634"]["TargetLogonId"] == records["security.4624"]["TargetLogonId"]


def test_a_script_block_keeps_the_path_of_its_file(tmp_path):
    case = scenario_file(
        tmp_path,
        "{at: 0s, do: logon, host: A, account: user02}",
        "{at: 5s, do: powershell, host: A, session: user02, label: ps}",
        "{at: 6s, do: script_block, host: A, process: ps, text: gwmi Win32_Process, path: 'C:\\a.ps1'}",
    )
    records = render_records(load_scenario(case))["A/Microsoft-Windows-PowerShell%4Operational.evtx"]

    assert [r.fields["Path"] for _, r in records] == ["C:\\a.ps1"]


def test_the_creator_of_a_subscription_is_written_as_bytes():
    assert list(sid_bytes("S-1-5-32-544")) == [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]


def test_every_action_is_played_by_a_case_or_a_test_here():
    played = {step.action for case in CASES for step in load_scenario(case).steps}
    here = {name for name in ACTIONS if f"do: {name}" in Path(__file__).read_text("utf-8")}

    assert set(ACTIONS) - played - here == set()
