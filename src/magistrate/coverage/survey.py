"""Everything that `magistrate coverage` finds out about a set of logs, before any incident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.model import Coverage  # noqa: TC001 - part of the runtime type of a field
from magistrate.coverage.questions import QuestionReadiness, judge_questions
from magistrate.coverage.requests import CollectionRequest, collection_requests
from magistrate.coverage.strip import Strip, measure_strip

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.context.model import Context
    from magistrate.playbooks.model import Playbook
    from magistrate.sources.base import Intake
    from magistrate.store.base import Store


@dataclass(frozen=True, slots=True)
class Survey:
    """What a set of logs could show: coverage, the questions it could answer, what to fetch and what to turn on.

    `moment` is the time asked about, None for the whole of the logs.
    """

    coverage: Coverage
    questions: tuple[QuestionReadiness, ...]
    requests: tuple[CollectionRequest, ...]
    strip: Strip
    moment: datetime | None = None


def survey(
    store: Store, intake: Intake, playbook: Playbook, context: Context, moment: datetime | None = None
) -> Survey:
    """Measure the logs.

    Args:
        store: holds the events.
        intake: what became of the evidence.
        playbook: its questions say what they need.
        context: the site's asset list.
        moment: the time whose recording is asked about; the whole of the logs when None.
    """
    coverage = assess_coverage(store, intake, moment, moment, context)
    return Survey(
        coverage=coverage,
        questions=judge_questions(playbook, coverage),
        requests=collection_requests(coverage),
        strip=measure_strip(store, coverage.first, coverage.last, coverage.tamper),
        moment=moment,
    )
