"""What the first verdict promises on the public recordings: named cases, the score, and no wrong close.

The recordings are reached through MAGISTRATE_CORPUS. The score is taken over every recording that was labelled in
depth, plus each large recording and a fixed sample of the others; `magistrate evaluate` scores all of them.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from magistrate.cli.evaluate import predict_all
from magistrate.context.model import Context
from magistrate.investigation import Options, examine_store, investigate
from magistrate.report.build import build_view
from magistrate.report.exporters import verdict_json
from magistrate.report.plain import plain
from magistrate.report.scoring import score
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.corpus, pytest.mark.xdist_group("recordings")]

MOVEMENT = "security-datasets/atomic/windows/lateral_movement/host"
CLOSED = ("CLOSE-BENIGN", "CLOSE-TEST", "CLOSE-FALSE")
LARGE_RECORDS = 2_000
SAMPLE_EVERY = 12
EVERY_REMOVAL = int(os.environ.get("MAGISTRATE_CHANNEL_PAIRS", "5"))
"""Every so many-th channel or pair of channels is taken away; 1 for all of them, of all recordings labelled escalate."""


def channels_of(events: Path) -> list[str]:
    """The channels of a store, sorted."""
    found = pq.read_table(events / "records", columns=["Channel"]).column("Channel")
    return sorted(str(name) for name in found.unique().to_pylist())


def without_channels(events: Path, missing: tuple[str, ...], place: Path) -> Path:
    """A copy of a store without the records of some channels, in place of the copy before."""
    shutil.rmtree(place, ignore_errors=True)
    for part in events.rglob("*.parquet"):
        rows = pq.ParquetFile(part).read()
        channel = pc.fill_null(rows.column("Channel").cast("string"), "None")
        left = rows.filter(pc.invert(pc.is_in(channel, value_set=pa.array(missing))))
        if left.num_rows:
            to = place / part.relative_to(events)
            to.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(left, to)
    place.mkdir(exist_ok=True)
    return place


@pytest.fixture(scope="session")
def labels(corpus):
    lines = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def chosen(labels):
    """Deep labels, large recordings, and every twelfth of the rest in the manifest's order."""
    rest = [label for label in labels if label["label_depth"] == "search"]
    sample = {label["file"] for label in rest[::SAMPLE_EVERY]}
    sample |= {label["file"] for label in rest if label["records"] >= LARGE_RECORDS}
    return [label for label in labels if label["label_depth"] == "deep" or label["file"] in sample]


@pytest.fixture(scope="session")
def measured(corpus, chosen):
    files = [label["file"] for label in chosen]
    predictions = [plain(item) for item in predict_all(files, corpus, 2)]
    return score(chosen, predictions), {item["file"]: item for item in predictions}


@cache
def case_of(path: Path, folder: Path):
    return investigate([path], folder)


@pytest.fixture
def examine(corpus, tmp_path_factory):
    def run(name):
        found = sorted(corpus.rglob(name))
        assert found, f"{name} is not in the recordings"
        return case_of(found[0], tmp_path_factory.getbasetemp() / f"case-{abs(hash(found[0]))}")

    return run


def acting(case):
    return [story for story in case.stories if not story.background]


def codes(case):
    return {finding.code for finding in case.findings}


def states(case):
    return {answer.id: answer.state.value for answer in case.answers}


def test_detection_recall_and_precision(measured):
    found = measured[0].detection

    assert found.recall >= 0.95
    assert found.precision >= 0.90


def test_accounts_and_hosts(measured):
    assert measured[0].accounts.f1 >= 0.80
    assert measured[0].hosts.f1 >= 0.80


def test_verdicts_on_recordings_labelled_in_depth(measured):
    assert measured[0].verdicts_relevant.macro_f1 >= 0.75


def test_false_findings_stay_rare(measured):
    assert measured[0].false_all.findings_per_million <= 20


def test_no_recording_labelled_escalate_is_closed(measured, chosen):
    wrong = [
        label["file"]
        for label in chosen
        if label["verdict"] == "escalate" and measured[1][label["file"]]["disposition"] in CLOSED
    ]

    assert wrong == []


def test_no_recording_fails(measured):
    assert [
        item["file"] for item in measured[1].values() if "internal error" in (item.get("error") or "")
    ] == []


def test_no_escalation_becomes_a_close_when_one_or_two_channels_are_missing(corpus, labels, chosen, tmp_path):
    wrong = []
    tried = 0
    wanted = labels if EVERY_REMOVAL == 1 else [label for label in chosen if label["label_depth"] != "name"]
    for number, label in enumerate(label for label in wanted if label["verdict"] == "escalate"):
        whole = tmp_path / str(number)
        intake = collect([corpus / label["file"]], whole, IntakeOptions())
        names = channels_of(whole)
        removals = [*combinations(names, 1), *combinations(names, 2)]
        for missing in removals[number % EVERY_REMOVAL :: EVERY_REMOVAL][:: 1 if EVERY_REMOVAL == 1 else 2]:
            with DuckDBStore.open(without_channels(whole, missing, tmp_path / "left")) as store:
                decision = examine_store(store, intake, Context(), Options()).decision
            tried += 1
            if decision.disposition in CLOSED:
                wrong.append((label["file"], missing))
        shutil.rmtree(whole)
    print(f"{tried} removals")

    assert wrong == []
    assert tried


def test_sharpwmi_names_the_person_the_session_and_both_ends(examine):
    case = examine(f"{MOVEMENT}/covenant_sharpwmi_create_dcerpc_wmi.zip")
    (story,) = acting(case)
    child = next(a for a in story.activities if a.kind == "child")

    assert story.account.name == "THESHIRE\\pgustavo"
    assert child.identity.account.logon_id == 0xC93745
    assert (story.source_ip, story.source_host.split(".")[0]) == ("172.18.39.5", "workstation5")
    assert child.utc.isoformat(timespec="seconds") == "2020-08-06T07:56:41+00:00"
    assert [trace.image.rsplit("\\", 1)[-1] for trace in story.source_traces] == ["GruntHTTP.exe"]
    assert "WORKSTATION6$" not in {account.name.rsplit("\\", 1)[-1] for account in story.accounts}
    assert child.parent.lower().endswith("wmiprvse.exe")
    assert case.decision.disposition.startswith("ESCALATE")


def test_exec_method_is_paired_decoded_and_over_dcom(examine):
    (story,) = acting(examine(f"{MOVEMENT}/empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod.zip"))
    child = next(a for a in story.activities if a.kind == "child")

    assert story.transport == "DCOM"
    assert "IF($PSVERSIONTABLE" in child.decoded.upper()
    assert [trace.image.rsplit("\\", 1)[-1].lower() for trace in story.source_traces] == ["powershell.exe"]
    assert {"client", "script"} & {a.kind.value for a in story.activities}


def test_wmic_node_is_found_on_both_hosts(examine):
    (story,) = acting(examine(f"{MOVEMENT}/empire_wmic_add_user_backdoor.zip"))

    assert {a.kind.value for a in story.activities} >= {"client", "child"}
    assert {h.split(".")[0] for h in story.hosts} == {"workstation5", "workstation6"}
    assert "wmic-remote" in story.methods


def test_powershell_remoting_is_not_wmi(examine):
    case = examine(f"{MOVEMENT}/covenant_psremoting_command.zip")

    assert acting(case) == []
    assert case.decision.disposition == "NOT-OBSERVED"


def test_impacket_shell_is_decisive(examine):
    case = examine("LM_wmiexec_impacket_sysmon_whoami.evtx")

    assert "D1" in codes(case)
    assert case.decision.disposition == "ESCALATE-INCIDENT"


def test_shadow_copies_deleted_through_wmi_link_inhibited_recovery(examine):
    case = examine("ID4688-Delete VSS backup (WMI).evtx")

    assert "D2" in codes(case)
    assert states(case)["E2"] == "YES"
    assert case.decision.disposition == "ESCALATE-INCIDENT"
    assert "T1490" in {technique for finding in case.findings for technique in finding.techniques}


def test_source_side_alone_names_the_missing_target(examine):
    case = examine("LM_WMIC_4648_rpcss.evtx")
    (story,) = acting(case)

    assert story.source_host == "pc01.example.corp"
    assert any("win-77ltaphiq1r" in target for target in story.target_hosts)
    assert "win-77ltaphiq1r" in " ".join(case.decision.unknowns).lower()


def test_two_runs_and_two_workers_give_the_same_verdict(corpus, tmp_path):
    names = (
        "LM_wmiexec_impacket_sysmon_whoami.evtx",
        "LM_WMIC_4648_rpcss.evtx",
        "smbmap_upload_exec_sysmon.evtx",
    )
    paths = [next(corpus.rglob(name)) for name in names]

    def verdict(order, folder, jobs):
        return verdict_json.render(build_view(investigate(order, tmp_path / folder, Options(jobs=jobs))))

    assert verdict(paths, "a", 1) == verdict(paths[::-1], "b", 2)
