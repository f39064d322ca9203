from __future__ import annotations

import json
from pathlib import Path

import pytest

from magistrate import investigation
from magistrate.cli.case_folder import (
    EVENTS,
    CaseOptions,
    check_apart,
    default_folder_name,
    mark,
    prepare,
    read_marker,
)
from magistrate.errors import SchemaVersionError, UsageError

OPTIONS = CaseOptions(inputs=("logs",), context=None, window_from=None, window_to=None)


def _prepare(folder: Path, *, replace: bool = False) -> None:
    prepare(folder, OPTIONS, version="0.1.0", replace=replace)


def test_a_new_case_is_marked_as_not_complete(tmp_path) -> None:
    _prepare(tmp_path / "case")

    assert read_marker(tmp_path / "case")["complete"] is False


def test_a_finished_case_is_marked_as_complete(tmp_path) -> None:
    _prepare(tmp_path / "case")
    mark(tmp_path / "case", OPTIONS, version="0.1.0", complete=True)

    assert read_marker(tmp_path / "case")["complete"] is True


def test_an_existing_case_is_refused_without_force(tmp_path) -> None:
    _prepare(tmp_path / "case")

    with pytest.raises(UsageError, match="a case is already there"):
        _prepare(tmp_path / "case")


def test_force_removes_what_a_case_holds_and_nothing_else(tmp_path) -> None:
    case = tmp_path / "case"
    _prepare(case)
    (case / "events").mkdir()
    (case / "events" / "x.parquet").write_text("x")
    (case / "verdict.json").write_text("{}")
    (case / "notes-of-mine.txt").write_text("keep")
    _prepare(case, replace=True)

    assert sorted(path.name for path in case.iterdir()) == ["case.json", "notes-of-mine.txt"]


def test_a_folder_that_is_not_a_case_is_never_touched(tmp_path) -> None:
    (tmp_path / "holiday.jpg").write_text("x")

    with pytest.raises(UsageError, match="not a case of Magistrate; nothing in it was touched"):
        _prepare(tmp_path, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_foreign_case_json_does_not_make_a_case(tmp_path) -> None:
    (tmp_path / "case.json").write_text('{"schema": "other/1"}')

    with pytest.raises(UsageError, match="not a case"):
        _prepare(tmp_path, replace=True)


def test_a_file_in_the_place_of_the_case_is_refused(tmp_path) -> None:
    (tmp_path / "case").write_text("x")

    with pytest.raises(UsageError, match="a file of that name exists"):
        _prepare(tmp_path / "case", replace=True)


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
    assert investigation.EVENTS_FOLDER == EVENTS
