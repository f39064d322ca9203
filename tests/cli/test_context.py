from __future__ import annotations

import json

from magistrate.cli import main


def run(capsys, *words: str) -> tuple[int, str]:
    code = main(["context", *words])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_init_writes_a_file_that_check_accepts(capsys, tmp_path):
    path = tmp_path / "site.yml"

    assert run(capsys, "init", "-o", str(path))[0] == 0
    code, out = run(capsys, "check", str(path), "--today", "2026-03-01")
    assert code == 0
    assert "no problems; 0 assets" in out
    assert "register is empty" in out


def test_init_never_replaces_a_file(capsys, tmp_path):
    path = tmp_path / "site.yml"
    path.write_text("zone: UTC\n")

    code, out = run(capsys, "init", "-o", str(path))

    assert code == 2
    assert "never replaced" in out
    assert path.read_text() == "zone: UTC\n"


def test_init_proposes_what_a_case_saw_but_never_what_a_decisive_finding_carries(capsys, tmp_path):
    process = {
        "kind": "child",
        "host": "srv1",
        "parent": "WmiPrvSE.exe",
        "command": "sc config remoteregistry start= demand",
    }
    story = {
        "id": "s-1",
        "background": False,
        "account": {"name": "CORP\\svc", "sid": "S-1-5-21-1-2-3-4"},
        "source_ip": "10.1.5.30",
        "source_host": None,
        "processes": [process],
    }
    bad = story | {
        "id": "s-2",
        "processes": [process | {"command": "rundll32 comsvcs.dll MiniDump 640 out full"}],
    }
    verdict = {
        "stories": [story, bad],
        "findings": [
            {"story_id": "s-2", "tier": "D", "code": "D7"},
            {"story_id": "s-1", "tier": "S", "code": "S4"},
        ],
        "coverage": {"hosts": [{"host": "srv1"}]},
    }
    (tmp_path / "verdict.json").write_text(json.dumps(verdict))

    _, out = run(capsys, "init", "--case", str(tmp_path))

    assert 'shape: "sc config remoteregistry start= demand"' in out
    assert "comsvcs" not in out


def test_init_from_a_folder_that_is_no_case_says_so(capsys, tmp_path):
    code, out = run(capsys, "init", "--case", str(tmp_path))

    assert code == 2
    assert "no finished case" in out


def test_check_prints_every_problem_and_exits_4(capsys, tmp_path):
    path = tmp_path / "site.yml"
    path.write_text("zone: Nowhere/Land\nassets:\n  - {name: a, role: toaster}\n")

    code, out = run(capsys, "check", str(path))

    assert code == 4
    assert "site.yml:1" in out
    assert "site.yml:3" in out


def test_explain_answers_for_a_name_and_a_command(capsys, tmp_path):
    path = tmp_path / "site.yml"
    path.write_text(
        "register:\n  - {id: KG-1, purpose: scan, account_sid: S-1-5-21-1-2-3-4, sources: [10.1.5.20],"
        " shape: 'sc config remoteregistry start= demand', owner: team, approved_by: lead, expires: 2026-12-31}\n"
    )

    words = ["--command", "sc config remoteregistry start= demand", "--source", "10.1.5.20", "--host", "srv1"]
    _, out = run(capsys, "explain", str(path), "S-1-5-21-1-2-3-4", "--at", "2026-03-02T08:00:00Z", *words)

    assert "applies; it excuses nothing" in out
