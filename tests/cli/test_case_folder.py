from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from magistrate import investigation
from magistrate.cli.case_folder import (
    EVENTS,
    INTAKE,
    CaseOptions,
    check_apart,
    default_folder_name,
    mark,
    prepare,
    read_finished,
    read_marker,
)
from magistrate.errors import SchemaVersionError, UsageError

OPTIONS = CaseOptions(inputs=("logs",), context=None, window_from=None, window_to=None)


def _prepare(folder: Path, *, force: bool = False) -> None:
    prepare(folder, OPTIONS, version="0.1.0", replace=force)


def test_a_new_case_is_marked_as_not_complete(tmp_path) -> None:
    _prepare(tmp_path / "case")

    assert read_marker(tmp_path / "case")["complete"] is False


def test_a_finished_case_is_marked_as_complete(tmp_path) -> None:
    _prepare(tmp_path / "case")
    mark(tmp_path / "case", OPTIONS, version="0.1.0", complete=True)

    assert read_marker(tmp_path / "case")["complete"] is True


def test_an_existing_case_is_refused_without_force(tmp_path) -> None:
    _prepare(tmp_path / "case")
    mark(tmp_path / "case", OPTIONS, version="0.1.0", complete=True)

    with pytest.raises(UsageError, match="a case is already there"):
        _prepare(tmp_path / "case")


def test_t_case_3_an_unfinished_case_is_gone_on_with(tmp_path) -> None:
    _prepare(tmp_path)
    (tmp_path / INTAKE).mkdir()
    _prepare(tmp_path)

    assert (tmp_path / INTAKE).is_dir()


def test_an_unfinished_case_of_other_evidence_is_refused_without_force(tmp_path) -> None:
    _prepare(tmp_path)

    with pytest.raises(UsageError, match="an unfinished case of other evidence"):
        prepare(tmp_path, replace(OPTIONS, inputs=("others",)), version="0.1.0", replace=False)


@pytest.mark.parametrize("left", [".case.json.part", "case.lock"])
def test_t_case_3_what_a_kill_at_the_first_step_leaves_does_not_bar_the_folder(tmp_path, left) -> None:
    (tmp_path / left).write_text("{")
    _prepare(tmp_path)

    assert read_marker(tmp_path)["complete"] is False


def test_force_removes_the_reports_of_a_case_and_nothing_else(tmp_path) -> None:
    _prepare(tmp_path)
    (tmp_path / EVENTS).mkdir()
    for name in ("verdict.json", ".verdict.json.part", "cited.jsonl", "notes-of-mine.txt"):
        (tmp_path / name).write_text("x")
    _prepare(tmp_path, force=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.json", EVENTS, "notes-of-mine.txt"]


def test_no_cache_removes_what_was_read(tmp_path) -> None:
    _prepare(tmp_path)
    (tmp_path / EVENTS).mkdir()
    (tmp_path / INTAKE).mkdir()
    prepare(tmp_path, OPTIONS, version="0.1.0", replace=True, anew=True)

    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


def test_t_case_3_a_kill_while_a_case_is_emptied_leaves_an_unfinished_case(tmp_path, monkeypatch) -> None:
    _prepare(tmp_path)
    mark(tmp_path, OPTIONS, version="0.1.0", complete=True)
    (tmp_path / "verdict.json").write_text("{}")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        _prepare(tmp_path, force=True)

    assert read_marker(tmp_path)["complete"] is False


def test_t_case_3_an_unfinished_case_says_what_to_do(tmp_path) -> None:
    _prepare(tmp_path)

    with pytest.raises(UsageError, match=r"not complete.*Run the same 'magistrate investigate'"):
        read_finished(tmp_path)


def test_a_folder_that_is_not_a_case_is_never_touched(tmp_path) -> None:
    (tmp_path / "holiday.jpg").write_text("x")

    with pytest.raises(UsageError, match="not a case of Magistrate; nothing in it was touched"):
        _prepare(tmp_path, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_foreign_case_json_does_not_make_a_case(tmp_path) -> None:
    (tmp_path / "case.json").write_text('{"schema": "other/1"}')

    with pytest.raises(UsageError, match="not a case"):
        _prepare(tmp_path, force=True)


def test_a_file_in_the_place_of_the_case_is_refused(tmp_path) -> None:
    (tmp_path / "case").write_text("x")

    with pytest.raises(UsageError, match="a file of that name exists"):
        _prepare(tmp_path / "case", force=True)


def test_a_case_of_another_schema_is_refused_by_name(tmp_path) -> None:
    (tmp_path / "case.json").write_text(json.dumps({"schema": "magistrate.case/99"}))

    with pytest.raises(SchemaVersionError, match=r"magistrate\.case/99"):
        read_marker(tmp_path)


@pytest.mark.parametrize(
    ("evidence", "case"), [("logs", "logs/case"), ("case/logs", "case"), ("logs", "logs")]
)
def test_case_and_evidence_may_not_lie_in_each_other(tmp_path, evidence: str, case: str) -> None:
    with pytest.raises(UsageError, match="inside each other"):
        check_apart([tmp_path / evidence], tmp_path / case)


def test_case_and_evidence_may_lie_side_by_side(tmp_path) -> None:
    check_apart([tmp_path / "case-logs"], tmp_path / "case")


def test_the_default_name_depends_on_the_inputs_and_not_on_their_order() -> None:
    one, other = Path("/a"), Path("/b")

    assert default_folder_name([one, other]) == default_folder_name([other, one])
    assert default_folder_name([one]) != default_folder_name([other])


def test_the_events_lie_where_the_investigation_puts_them() -> None:
    assert (investigation.EVENTS_FOLDER, investigation.INTAKE_FOLDER) == (EVENTS, INTAKE)
