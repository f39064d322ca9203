from __future__ import annotations

import json

import pytest

from magistrate.cli import main

GOOD = """title: Good
id: 5a3f0000-0000-4000-8000-000000000003
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: a.exe}, condition: selection}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.yml").write_text(GOOD)
    return tmp_path


def test_good_rules_are_counted(folder, capsys):
    code = main(["rules", "check", str(folder)])

    assert code == 0
    assert capsys.readouterr().out == "1 file: 1 rule and 0 correlations can be used, 0 rules refused.\n"


def test_every_broken_rule_is_named_with_its_place_and_reason(folder, capsys):
    (folder / "bad.yml").write_text("title: Bad\nlogsource: {product: windows}\n")
    (folder / "worse.yml").write_text("title: [\n")

    code = main(["rules", "check", str(folder)])
    out = capsys.readouterr().out

    assert code == 4
    assert "bad.yml:1: " in out
    assert "worse.yml:" in out
    assert out.endswith("3 files: 1 rule and 0 correlations can be used, 2 rules refused.\n")


def test_problems_as_json(folder, capsys):
    (folder / "bad.yml").write_text("title: Bad\nlogsource: {product: windows}\n")

    main(["rules", "check", str(folder), "--format", "json"])
    found = json.loads(capsys.readouterr().out)

    assert (found["rules"], [item["title"] for item in found["refused"]]) == (1, ["Bad"])


def test_a_hostile_title_reaches_no_terminal(folder, capsys):
    (folder / "bad.yml").write_text('title: "\\e[2J"\nlogsource: {product: windows}\n')

    main(["rules", "check", str(folder)])

    assert "\x1b" not in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path, capsys):
    assert main(["rules", "check", str(tmp_path / "none")]) == 2
    assert "no such rule file or folder" in capsys.readouterr().err
