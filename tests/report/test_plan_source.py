from __future__ import annotations

import json

import pytest
from tests.response.case_maker import described

from magistrate.errors import UsageError
from magistrate.report.plain import plain
from magistrate.report.plan_source import read_scope


def folder_with(tmp_path, scope: object):
    (tmp_path / "verdict.json").write_text(
        json.dumps({"case_hash": "0" * 64, "scope": scope}), encoding="utf-8"
    )
    return tmp_path


def test_a_scope_comes_back_from_a_case_as_it_was(tmp_path):
    scope = described().respond().scope

    assert read_scope(folder_with(tmp_path, plain(scope))) == (scope, "0" * 64)


def test_a_case_without_scope_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="without response plans"):
        read_scope(folder_with(tmp_path, None))


@pytest.mark.parametrize(
    ("field", "value"),
    [("facts", "incident"), ("hosts", [{"name": 1}]), ("disposition", None), ("unknown", 1), ("facts", [1])],
)
def test_a_changed_verdict_is_refused(tmp_path, field, value):
    document = plain(described().respond().scope)
    with pytest.raises(UsageError, match="somebody or something changed it"):
        read_scope(folder_with(tmp_path, document | {field: value}))


def test_a_guard_level_that_does_not_exist_is_refused(tmp_path):
    document = plain(described().respond().scope)
    document["hosts"][0]["guard"]["level"] = "free"

    with pytest.raises(UsageError, match="changed it"):
        read_scope(folder_with(tmp_path, document))


def test_a_folder_without_verdict_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_scope(tmp_path)
