"""Product shapes end to end: what a table, a sensor or another tool's alerts alone can and cannot decide."""

from __future__ import annotations

import shutil
from pathlib import Path

from magistrate.investigation import investigate

SAMPLES = Path(__file__).parents[1] / "sources" / "samples"


def case_of(tmp_path, *names):
    """Investigate samples, without the golden files beside them."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for name in names:
        shutil.copy(SAMPLES / name, logs)
    return investigate([logs], tmp_path / "case")


def test_defender_tables_alone_name_the_actor_and_where_he_came_from(tmp_path):
    case = case_of(tmp_path, "json/defender_xdr.ndjson")
    (story,) = [story for story in case.stories if not story.background]

    assert story.account.name == "corp\\user05"
    assert (story.source_ip, story.target_hosts) == ("192.0.2.7", ("srv01.corp.example",))


def test_defender_rows_prove_processes_and_logons(tmp_path):
    case = case_of(tmp_path, "json/defender_xdr.ndjson")
    (host,) = [host for host in case.coverage.hosts if host.host == "srv01.corp.example"]
    proved = {item.name for item in host.capabilities if item.proof == "on"}

    assert {"process_creation", "command_line", "actor_logon_id", "logon"} <= proved


def test_zeek_logs_alone_show_remote_wmi_and_close_nothing(tmp_path):
    case = case_of(tmp_path, "zeek/dce_rpc.log", "zeek/joined.log")
    (story,) = [story for story in case.stories if not story.background]

    assert (story.source_ip, story.account.name) == ("192.0.2.7", "CORP\\user05")
    assert case.decision.disposition.startswith("ESCALATE")


def test_zeek_logs_give_the_transport_to_a_story_of_host_logs(tmp_path):
    case = case_of(tmp_path, "json/defender_xdr.ndjson", "zeek/dce_rpc.log")
    (answer,) = [answer for answer in case.answers if answer.id == "Q4"]

    assert "IWbemServices::ExecMethod on the wire" in answer.text


def test_alerts_of_other_tools_alone_are_no_log_to_decide_on(tmp_path):
    case = case_of(tmp_path, "json/hayabusa.jsonl", "json/zircolite.json", "json/security_alerts.ndjson")

    assert case.decision.disposition == "HOLD-DATA"
    assert case.coverage.hosts == ()
