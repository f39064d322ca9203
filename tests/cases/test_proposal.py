from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from magistrate.cases.opinions import Reason, Wanted
from magistrate.cases.proposal import register_proposal

NOW = datetime(2026, 3, 6, tzinfo=UTC)
CLOSE = Wanted("verdict", "CLOSE-BENIGN", Reason.OWNER_CONFIRMED, "The owner confirmed the monthly job.")
STORY = {
    "background": False,
    "account": {"name": "CORP\\svc_inv", "sid": "S-1-5-21-1-2-3-1104"},
    "source_ip": "10.1.5.20",
    "target_hosts": ["srv12.corp.example"],
    "processes": [{"command": "cmd /c ipconfig > \\\\srv12.corp.example\\admin$\\temp\\out_17.txt"}],
}


def proposal(change: dict | None = None, **wanted: object) -> dict | None:
    return register_proposal({"stories": [STORY | (change or {})]}, dataclasses.replace(CLOSE, **wanted), NOW)


def test_a_proposal_has_account_source_and_shape_and_ends_after_90_days() -> None:
    found = proposal()

    assert found["account_sid"] == "S-1-5-21-1-2-3-1104"
    assert found["sources"] == ["10.1.5.20"]
    assert "<host>" in found["shape"]
    assert found["expires"] == "2026-06-04"
    assert found["excuses"] == []


@pytest.mark.parametrize(
    "change",
    [{"account": None}, {"source_ip": None}, {"processes": []}, {"processes": [{"command": "cmd.exe"}]}],
    ids=["account", "source", "command", "image name only"],
)
def test_without_account_source_or_shape_nothing_is_proposed(change) -> None:
    assert set(proposal(change)) == {"none"}


@pytest.mark.parametrize("wanted", [{"analyst": "ESCALATE-REVIEW"}, {"reason": Reason.BAD_PARSE}])
def test_an_override_that_teaches_nothing_proposes_nothing(wanted) -> None:
    assert proposal(**wanted) is None
