"""`--zone` names the zone of times that name none; the case says so."""

from __future__ import annotations

import json

import pytest

from magistrate.cli.entry import main

EXPORT = (
    "Level,Date and Time,Source,Event ID,Task Category\r\n"
    "Information,10/25/2026 2:30:00 AM,Service Control Manager,7045,None,"
    '"A service was installed in the system.\n\nService Name:  example\nService File Name:  C:\\Tools\\a.exe"\r\n'
)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "system.csv"
    path.write_text(EXPORT, encoding="utf-8", newline="")
    return path


def test_t_time_1_the_zone_is_used_and_recorded(export, tmp_path):
    main(["investigate", str(export), "-o", str(tmp_path / "case"), "--zone", "Europe/Berlin"])
    intake = json.loads((tmp_path / "case" / "verdict.json").read_text())["intake"]
    facts = json.loads((tmp_path / "case" / "case.json").read_text())

    assert "Times that name no zone are read as Europe/Berlin, as the operator said." in intake["notes"]
    assert any("comes twice when the clocks are changed" in note for note in intake["files"][0]["notes"])
    assert facts["options"]["zone"] == "Europe/Berlin"


def test_a_wrong_zone_is_refused_before_a_case_is_made(export, tmp_path, capsys):
    code = main(["investigate", str(export), "-o", str(tmp_path / "case"), "--zone", "Berlin time"])

    assert (code, (tmp_path / "case").exists()) == (2, False)
    assert "'Berlin time' is no time zone" in capsys.readouterr().err
