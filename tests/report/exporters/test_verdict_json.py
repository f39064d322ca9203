from __future__ import annotations

import json

import jsonschema

from magistrate.report.build import build_view, case_hash
from magistrate.report.exporters import verdict_json
from magistrate.report.schema import build_schema
from report.sample_case import hostile_case, quiet_case, sample_case

REQUIRED = {
    "schema", "technique", "disposition", "severity", "confidence", "rule", "deciding", "t1047_observed", "stories",
    "findings", "answers", "requirements", "coverage", "intake", "l1_steps", "t2_steps", "containment", "would_change",
}  # fmt: skip


def _document(case) -> dict:
    return json.loads(verdict_json.render(build_view(case)))


def test_the_verdict_holds_every_promised_key() -> None:
    assert set(_document(sample_case())) >= REQUIRED


def test_each_story_says_class_source_target_account_and_join() -> None:
    story = _document(sample_case())["stories"][0]
    said = (story["class"], story["source_ip"], story["source_host"], story["target_hosts"], story["join"])

    assert said == ("REMOTE", "10.0.5.23", "ws23.corp.example", ["fs01.corp.example"], "exact")
    assert story["account"] == {
        "name": r"CORP\user05",
        "sid": "S-1-5-21-111111111-222222222-333333333-1104",
        "logon_id": "0x8a1f42",
    }


def test_the_verdict_obeys_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(build_schema())
    problems = [
        error.message
        for case in (sample_case(), quiet_case(), hostile_case("</script>\u202e"))
        for error in validator.iter_errors(_document(case))
    ]

    assert problems == []


def test_quoted_values_are_exact() -> None:
    text = "a\u202e<b>\x1b\n=1"
    quoted = _document(hostile_case(text))["findings"][0]["evidence"][0]["quoted"]

    assert {"field": "CommandLine", "value": text} in quoted


def test_the_file_is_ascii_without_control_characters() -> None:
    text = verdict_json.render(build_view(hostile_case("a\u202e\x1b\u2028")))

    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)


def test_the_case_hash_can_be_recomputed_and_depends_on_the_content() -> None:
    view, other = build_view(sample_case()), build_view(quiet_case())

    assert view.case_hash == case_hash(view)
    assert view.case_hash != other.case_hash
