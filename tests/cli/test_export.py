from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from magistrate.cases.entries import Kind
from magistrate.cases.record import read_record
from magistrate.cli import main
from magistrate.report.export_formats import find_formats

ONE_CASE = [item.name for item in find_formats().values() if item.render and item.name != "pdf"]


@pytest.fixture(scope="module")
def own_case(demo_case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo case: what leaves a case is noted in its record."""
    return Path(shutil.copytree(demo_case, tmp_path_factory.mktemp("export") / "case"))


@pytest.mark.parametrize("name", ONE_CASE)
def test_every_format_is_made_of_the_demo_case(own_case: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "export"

    assert main(["export", str(own_case), "--format", name, "-o", str(file)]) == 0
    assert file.stat().st_size > 0


def test_i5_a_file_that_left_the_case_stands_in_its_record_with_its_hash(own_case: Path, tmp_path) -> None:
    file = tmp_path / "note.txt"
    main(["export", str(own_case), "--format", "note", "-o", str(file)])
    last = read_record(own_case).entries[-1]

    assert last.kind == Kind.EXPORT
    assert last.facts["left"] == {"note.txt": hashlib.sha256(file.read_bytes()).hexdigest()}


def test_what_is_only_printed_leaves_the_record_alone(own_case: Path) -> None:
    before = read_record(own_case).head
    main(["export", str(own_case), "--format", "note"])

    assert read_record(own_case).head == before


# The reports in the folder also carry the line that stamps the record of the case; these two never do.
@pytest.mark.parametrize(("name", "file"), [("timeline", "timeline.csv"), ("verdict-json", "verdict.json")])
def test_an_export_is_what_the_investigation_wrote(demo_case: Path, name: str, file: str, capfd) -> None:
    main(["export", str(demo_case), "--format", name])

    assert capfd.readouterr().out == (demo_case / file).read_bytes().decode("utf-8")


def test_a_folder_of_cases_gives_one_hand_over(demo_case: Path, tmp_path: Path, capfd) -> None:
    for name in ("one", "two"):
        shutil.copytree(demo_case, tmp_path / name)

    assert main(["export", str(tmp_path), "--format", "handover"]) == 0
    assert "2 open cases, 0 closed" in capfd.readouterr().out


def test_the_list_names_every_format_at_80_columns(capfd, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["export", "--list"])
    lines = capfd.readouterr().out.splitlines()

    assert {line.split()[0] for line in lines if line[0] != " "} == set(find_formats())
    assert max(map(len, lines)) <= 80


def test_a_format_of_one_case_refuses_two(demo_case: Path, tmp_path: Path, capfd) -> None:
    shutil.copytree(demo_case, tmp_path / "two")

    assert main(["export", str(demo_case), str(tmp_path), "--format", "note"]) == 2
    assert "takes one case, 2 were named" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no format was named"),
        (("--format", "docx"), "there is no format docx"),
        (("--format", "note", "--raw"), "has no raw form"),
        (("--format", "csv", "--raw"), "raw cells were not asked for twice"),
    ],
)
def test_wrong_use_is_said_in_one_sentence(demo_case: Path, capfd, arguments, said: str) -> None:
    assert main(["export", str(demo_case), *arguments]) == 2
    assert said in capfd.readouterr().err


def test_t_out_2_raw_cells_are_given_when_asked_for(demo_case: Path, tmp_path: Path) -> None:
    file = tmp_path / "raw.csv"

    assert main(["export", str(demo_case), "--format", "csv", "--raw", "--yes", "-o", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith('"evidence_id"')


def test_nothing_of_a_case_is_overwritten(demo_case: Path, capfd) -> None:
    assert (
        main(["export", str(demo_case), "--format", "note", "-o", str(demo_case / "verdict.json"), "--force"])
        == 2
    )
    assert "not written into a case folder" in capfd.readouterr().err


def test_another_file_is_replaced_only_when_asked_for(demo_case: Path, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("mine")
    arguments = ["export", str(demo_case), "--format", "note", "-o", str(file)]

    assert (main(arguments), file.read_text()) == (2, "mine")
    assert main([*arguments, "--force"]) == 0


def test_t_case_5_a_changed_verdict_is_not_exported(demo_case: Path, tmp_path: Path, capfd) -> None:
    case = shutil.copytree(demo_case, tmp_path / "case")
    document = json.loads((case / "verdict.json").read_text(encoding="utf-8"))
    (case / "verdict.json").write_text(json.dumps({**document, "sentence": "all is well"}), encoding="utf-8")

    assert main(["export", str(case), "--format", "note"]) == 3
    assert "does not fit its case hash" in capfd.readouterr().err
