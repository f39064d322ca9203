"""Claims about a survey of logs before any incident."""

from __future__ import annotations

from datetime import timedelta

from tests.coverage.cases import HOST, T0, Case

from magistrate.context.model import Context
from magistrate.coverage.model import Gap
from magistrate.coverage.survey import survey
from magistrate.playbooks.load import load_playbook
from magistrate.sources.base import Intake


def surveyed(case, moment=None):
    return survey(case.store(), Intake(), load_playbook("t1047"), Context(), moment)


def test_a_survey_of_nothing_asks_for_nothing():
    found = surveyed(Case())

    assert (found.coverage.hosts, found.requests, found.strip.rows) == ((), (), ())


def test_a_survey_judges_the_whole_of_the_logs_when_no_moment_is_asked_about():
    case = Case().add("Security", 4688, -90 * 86_400).fill("Security", 200)

    assert surveyed(case).coverage.host(HOST).capability("process_creation").gap is Gap.NONE


def test_a_survey_of_a_moment_judges_that_moment():
    case = Case().add("Security", 4688, -90 * 86_400).fill("Security", 200)
    found = surveyed(case, T0 + timedelta(minutes=1))

    assert found.coverage.host(HOST).capability("process_creation").gap is Gap.OFF
