from __future__ import annotations

import dataclasses
import json
from importlib import resources

import jsonschema
import pytest

from magistrate.report.build import build_view
from magistrate.report.plain import plain
from magistrate.report.schema import build_schema
from magistrate.report.view import SCHEMA, View
from report.sample_case import sample_case


@pytest.fixture(scope="module")
def document() -> dict:
    return json.loads(json.dumps(plain(build_view(sample_case()))))


def _is_valid(document: dict) -> bool:
    return jsonschema.Draft202012Validator(build_schema()).is_valid(document)


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(build_schema())

    assert build_schema()["properties"]["schema"] == {"const": SCHEMA}


def test_the_published_schema_is_the_one_of_the_view() -> None:
    text = resources.files("magistrate.report").joinpath("verdict.schema.json").read_text(encoding="utf-8")

    assert json.loads(text) == json.loads(json.dumps(build_schema()))


def test_every_field_without_a_default_is_required_and_the_others_keep_old_documents_valid() -> None:
    required = {
        field.name
        for field in dataclasses.fields(View)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }

    assert build_schema()["required"] == sorted(required)


@pytest.mark.parametrize(
    "change",
    [{"extra": 1}, {"disposition": "CLOSE"}, {"severity": "SEV9"}, {"case_hash": "x"}, {"stories": None}],
)
def test_the_schema_refuses_what_no_view_can_hold(document, change: dict) -> None:
    assert _is_valid(document)
    assert not _is_valid({**document, **change})


def test_a_verdict_without_a_key_is_refused(document) -> None:
    assert not _is_valid({name: value for name, value in document.items() if name != "coverage"})
