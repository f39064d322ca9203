from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from magistrate.cases.entries import Draft, Kind
from magistrate.cases.files import text_digest
from magistrate.cases.record import append, read_record
from magistrate.cases.replay import replay
from magistrate.cli import main
from magistrate.errors import StoreError, UsageError
from scenario_writer.render import render_scenario, write_context

pytestmark = pytest.mark.xdist_group("cases")

EXERCISE = Path(__file__).parents[2] / "scenarios" / "cases" / "31_exercise.yml"


@pytest.fixture(scope="module")
def exercise(tmp_path_factory) -> Path:
    """A folder with `case`, decided without any context, and the `site.yml` that names the exercise ticket."""
    folder = tmp_path_factory.mktemp("exercise")
    render_scenario(EXERCISE, folder / "logs")
    write_context(EXERCISE, folder / "site.yml")

    assert main(["investigate", str(folder / "logs"), "-o", str(folder / "case"), "--jobs", "1"]) == 0
    return folder


def _recorded_as(case: Path, author, **changes: object) -> None:
    """Give a case another verdict, as if an older version had decided and recorded it."""
    verdict = json.loads((case / "verdict.json").read_text())
    verdict.update(changes)
    text = json.dumps(verdict)
    (case / "verdict.json").write_text(text)
    facts = read_record(case).last(Kind.DECISION).facts
    append(case, [Draft(Kind.DECISION, {**facts, "verdict_sha256": text_digest(text)})], author)


def test_same_program_and_site_decide_the_same(case) -> None:
    found, _ = replay(case, read_record(case))

    assert not found.changed
    assert found.before_sha256 == found.after_sha256
    assert {cause.same for cause in found.causes} == {True}


def test_ticket_added_to_the_context_flips_the_decision_and_is_named_as_the_cause(exercise) -> None:
    found, _ = replay(exercise / "case", read_record(exercise / "case"), exercise / "site.yml")

    assert (found.before_disposition, found.after_disposition) == ("ESCALATE-INCIDENT", "CLOSE-TEST")
    assert [cause.what for cause in found.causes if cause.same is False] == ["context"]
    assert {item.about for item in found.differences} >= {"decision"}


def test_verdict_of_an_older_version_is_compared_by_what_it_holds(case, author) -> None:
    new = json.loads((case / "verdict.json").read_text())
    kept = [{**new["findings"][0], "tier": "W"}, {**new["findings"][1], "id": "f" * 16}]
    _recorded_as(case, author, disposition="HOLD-DATA", findings=kept, answers="none", rules=[7], hold=3)
    found, _ = replay(case, read_record(case))
    findings = {item.name: item for item in found.differences if item.about == "finding"}

    assert found.before_disposition == "HOLD-DATA"
    assert findings[new["findings"][0]["id"]].before != findings[new["findings"][0]["id"]].after
    assert findings["f" * 16].after is None
    assert findings[new["findings"][1]["id"]].before is None


def test_damaged_store_is_said(case) -> None:
    part = next((case / "events").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-9])

    with pytest.raises(StoreError, match="not as it was written"):
        replay(case, read_record(case))


def test_store_of_another_case_is_said_though_it_is_whole(case, exercise) -> None:
    shutil.rmtree(case / "events")
    shutil.copytree(exercise / "case" / "events", case / "events")

    with pytest.raises(StoreError, match="that of another case"):
        replay(case, read_record(case))


def test_verdict_changed_outside_of_the_record_is_not_compared(case) -> None:
    (case / "verdict.json").write_text('{"schema": "magistrate.verdict/1", "disposition": "CLOSE-BENIGN"}')

    with pytest.raises(StoreError, match="not the recorded one"):
        replay(case, read_record(case))


def test_context_that_is_gone_is_asked_for(case, tmp_path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        replay(case, read_record(case), tmp_path / "gone.yml")
