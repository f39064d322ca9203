"""What the first verdict says would change it is what a scenario ends with that differs by just that fact."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("scenarios")


def test_an_exercise_ticket_ends_as_promised(investigated):
    first, second = (investigated(name).case.decision for name in ("01_wmiexec", "31_exercise"))
    promised = next(item for item in first.would_change if item.keys == ("exercise",))

    assert (promised.outcome, promised.rule) == (second.disposition, second.rule)


def test_a_register_entry_is_promised_and_lowers_at_least_as_far(investigated):
    """The promise is careful: which signals the entry also explains is known only once it covers the story."""
    first, second = (
        investigated(name).case.decision for name in ("06_backup_first_night", "06_backup_next_night")
    )
    promised = next(item for item in first.would_change if item.keys == ("register",))

    assert promised.outcome == "ESCALATE-REVIEW"
    assert second.disposition == "CLOSE-BENIGN"
