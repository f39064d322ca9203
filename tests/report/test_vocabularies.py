from __future__ import annotations

import pytest

from magistrate.decision.model import Disposition
from magistrate.report.vocabularies import SEVERITIES, disposition_words, severity_words


@pytest.mark.parametrize("disposition", Disposition)
def test_every_disposition_has_its_words(disposition: Disposition) -> None:
    assert disposition_words(disposition).reached


def test_a_worse_severity_is_nowhere_lower() -> None:
    levels = [severity_words(None if name == "none" else name) for name in SEVERITIES]
    numbers = [(item.ocsf_severity_id, item.thehive_severity, item.navigator_score) for item in levels]

    assert numbers == sorted(numbers, reverse=True)


def test_false_alerts_are_false_positives_everywhere() -> None:
    words = disposition_words("CLOSE-FALSE")

    assert (words.thehive_status, words.ocsf_verdict_id) == ("FalsePositive", 1)
