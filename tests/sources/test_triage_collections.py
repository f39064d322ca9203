"""Collections of KAPE, Velociraptor and acquire: named, their own records read, other files counted by kind."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from dataclasses import dataclass

import pytest

from magistrate.sources.base import FileIntake, Intake, IntakeOptions
from magistrate.sources.collect import collect
from magistrate.sources.triage_collections import _layouts, _table
from sources.sample_log import sample_log

HIVE = b"regf" + bytes(5000)
LOGS = "Windows/System32/winevt/Logs"
KAPE = {
    "2026-03-03T12_00_00_1234567_ConsoleLog.txt": (
        b"[2026-03-03 12:00:00.1 | INF] KAPE directory: C:\\Tools\\KAPE\r\n"
        b"[2026-03-03 12:00:00.2 | INF] Command line:   --tsource C: --tdest D:\\out --target EventLogs,RegistryHives\r\n"
        b'[2026-03-03 12:00:00.3 | INF] System info: Machine name: WS07, 64-bit: true, OS: "Windows10"\r\n'
        b"[2026-03-03 12:00:05.1 | FTL] Could not copy file C:\\Windows\\System32\\winevt\\Logs\\"
        b"Microsoft-Windows-WMI-Activity%4Operational.evtx to D:\\out\\C. Error: Access is denied\r\n"
    ),
    "2026-03-03T12_00_00_1234567_CopyLog.csv": (
        "\ufeffCopiedTimestamp,SourceFile,DestinationFile,FileSize\r\n"
        "2026-03-03 12:00:01,C:\\Windows\\System32\\winevt\\Logs\\Security.evtx,D:\\out\\C\\a,1\r\n"
        "2026-03-03 12:00:01,C:\\Windows\\System32\\winevt\\Logs\\Setup.evtx,D:\\out\\C\\b,1\r\n"
    ).encode(),
    "2026-03-03T12_00_00_1234567_SkipLog.csv.csv": (
        "\ufeffSourceFile,SourceFileSha1,Reason\r\nC:\\Windows\\a,00,Deduped\r\n"
    ).encode(),
    f"C/{LOGS}/Security.evtx": sample_log(6),
    f"C/{LOGS}/System.evtx": b"not a log at all, but named as one",
    "C/Windows/System32/config/SYSTEM": HIVE,
    "C/Windows/System32/config/SAM": HIVE,
    "C/Windows/Prefetch/A.EXE-1.pf": b"MAM\x04" + bytes(90),
}
VELOCIRAPTOR = {
    "client_info.json": b'{"Hostname":"FS02","Fqdn":"fs02.corp.example"}',
    "collection_context.json": json.dumps(
        {
            "request": {"artifacts": ["Windows.KapeFiles.Targets", "Windows.EventLogs.Evtx"]},
            "query_stats": [{"Artifact": "Windows.Forensics.SRUM", "error_message": "file in use"}],
        }
    ).encode(),
    "uploads.json": b"".join(
        json.dumps(
            {
                "vfs_path": f"uploads/auto/C:/{LOGS}/{name}",
                "_Components": ["uploads", "auto", "C:", name],
                "file_size": 900,
                "uploaded_size": stored,
                "Type": "",
            }
        ).encode()
        + b"\n"
        for name, stored in (("Security.evtx", 900), ("Microsoft-Windows-Sysmon%4Operational.evtx", 500))
    ),
    f"uploads/auto/C%3A/{LOGS}/Security.evtx": sample_log(6),
    f"uploads/auto/C%3A/{LOGS}/Microsoft-Windows-Sysmon%254Operational.evtx": sample_log(3, 50),
    "uploads/ntfs/%5C%5C.%5CC%3A/$MFT": b"FILE0" + bytes(2000),
    "results/Windows.System.Pslist.json": b'{"Pid":4,"Name":"System"}\n' * 20,
}
ACQUIRE = {
    f"fs/C:/{LOGS}/Security.evtx": sample_log(6),
    "fs/C:/Windows/System32/config/SYSTEM": HIVE,
    "report.json": json.dumps(
        {
            "EventLogs": {
                "failure": [
                    {
                        "module_name": "EventLogs",
                        "outcome": "failure",
                        "artifact_type": "file",
                        "artifact_value": f"ntfs:1:C:/{LOGS}/System.evtx",
                        "details": "I/O error",
                    }
                ]
            }
        }
    ).encode(),
}


@dataclass(frozen=True)
class Taken:
    """The intake of one collection."""

    intake: Intake
    root: str

    def file(self, name: str) -> FileIntake:
        return next(item for item in self.intake.files if item.file == f"{self.root}{name}")

    @property
    def told(self) -> str:
        return " ".join(self.file("").notes)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture(scope="module")
def taken(tmp_path_factory) -> dict[str, Taken]:
    """All collections, each taken in by itself; KAPE's as a folder too."""
    folder = tmp_path_factory.mktemp("collections")
    for name, content in {
        "kape.zip": zipped(KAPE),
        "velociraptor.zip": zipped(VELOCIRAPTOR),
        "acquire.tar": tarred(ACQUIRE),
    }.items():
        (folder / name).write_bytes(content)
    for name, content in KAPE.items():
        (folder / "kape" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "kape" / name).write_bytes(content)
    return {
        path.name: Taken(collect([path], folder / "out" / path.name, IntakeOptions()), path.name)
        for path in sorted(folder.iterdir())
        if path.name != "out"
    }


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("kape.zip", "KAPE"),
        ("kape", "KAPE"),
        ("velociraptor.zip", "Velociraptor"),
        ("acquire.tar", "acquire"),
    ],
)
def test_a_collection_is_named_by_its_tool(taken, name, tool):
    assert f"{tool} collection" == taken[name].file("").format
    assert f"{name} is a collection by {tool}: " in taken[name].intake.notes[0]


def test_a_collection_that_is_one_archive_has_its_hash(taken):
    assert len(taken["kape.zip"].file("").sha256) == 64
    assert taken["kape"].file("").sha256 == ""


@pytest.mark.parametrize("name", ["kape.zip", "kape"])
def test_files_that_are_no_logs_are_counted_by_kind_in_one_line_each(taken, name):
    kinds = {item.file: item for item in taken[name].intake.files if item.format == "ignored"}

    assert list(kinds) == [f"{name} (prefetch file)", f"{name} (registry hive)"]
    assert "2 files, 10,008 bytes, no logs; not read" in kinds[f"{name} (registry hive)"].notes[0]


def test_a_log_that_cannot_be_read_is_still_refused_by_name(taken):
    file = taken["kape.zip"].file(f"/C/{LOGS}/System.evtx")

    assert file.reason
    assert any(issue.file == file.file for issue in taken["kape.zip"].intake.issues)


def test_the_profile_and_what_it_left_out_are_told(taken):
    assert "It was told to collect EventLogs, RegistryHives." in taken["kape.zip"].told
    assert "Not in it: Sysmon, WMI-Activity, " in taken["kape.zip"].told


def test_the_host_is_told_where_the_collector_names_it(taken):
    assert "It names the host WS07." in taken["kape.zip"].told
    assert "It names the host fs02.corp.example." in taken["velociraptor.zip"].told


def test_a_log_that_the_collector_could_not_copy_is_an_issue(taken):
    reasons = [issue.reason for issue in taken["kape.zip"].intake.issues]

    assert any("KAPE could not copy the log" in text and "Access is denied" in text for text in reasons)


def test_a_log_that_was_copied_and_did_not_come_along_is_told(taken):
    assert "Its own record lists 1 log that did not come along: setup.evtx." in taken["kape.zip"].told


def test_what_is_the_same_as_another_file_is_no_failure(taken):
    assert "It reports 1 failure: Access is denied." in taken["kape.zip"].told


def test_an_upload_that_was_cut_is_an_issue(taken):
    reasons = [issue.reason for issue in taken["velociraptor.zip"].intake.issues]

    assert any("500 of 900 bytes were stored" in text for text in reasons)


def test_escaped_names_of_velociraptor_are_known(taken):
    assert "of those that matter, Security, Sysmon." in taken["velociraptor.zip"].told


def test_tables_without_events_are_counted_and_cost_nothing(taken):
    intake = taken["velociraptor.zip"].intake

    assert sum(item.refused for item in intake.files) == 0
    assert "1 file" in taken["velociraptor.zip"].file(" (foreign json)").notes[0]


def test_failures_in_the_report_of_acquire_are_told(taken):
    assert any("System.evtx (I/O error)" in issue.reason for issue in taken["acquire.tar"].intake.issues)


def test_the_records_of_the_logs_are_loaded(taken):
    assert {name: item.intake.records_loaded for name, item in taken.items()} == {
        "acquire.tar": 6,
        "kape": 6,
        "kape.zip": 6,
        "velociraptor.zip": 9,
    }


def test_every_account_adds_up(taken):
    for item in taken.values():
        for file in item.intake.files:
            assert file.found == file.loaded + file.duplicate + file.recovered + file.bad + file.refused


def test_a_folder_of_logs_is_no_collection(tmp_path):
    (tmp_path / "Logs").mkdir()
    (tmp_path / "Logs" / "Security.evtx").write_bytes(sample_log(3))
    (tmp_path / "Logs" / "uploads.json").write_text('{"of": "something else"}')
    intake = collect([tmp_path / "Logs"], tmp_path / "out")

    assert intake.notes == ()


def test_a_second_run_tells_the_same(tmp_path):
    (tmp_path / "kape.zip").write_bytes(zipped(KAPE))
    options = IntakeOptions(resume_dir=tmp_path / "case" / "intake")
    first = collect([tmp_path / "kape.zip"], tmp_path / "case" / "events", options)
    (tmp_path / "more.json").write_text('{"Channel":"Security","EventID":4634,"Computer":"ws07"}')
    both = [tmp_path / "kape.zip", tmp_path / "more.json"]
    second = collect(both, tmp_path / "case" / "events", options)

    assert first.notes == second.notes
    assert set(first.files) < set(second.files)


@pytest.mark.parametrize("table", ["triage_layouts", "triage_logs"])
def test_every_row_has_its_source(table):
    assert all(row["source"] for row in _table(table))


def test_every_layout_names_one_root():
    assert all(layout.pattern.groups == 1 for layout in _layouts())
