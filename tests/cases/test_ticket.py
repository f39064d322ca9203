from __future__ import annotations

import json

import pytest

from magistrate.cases.record import read_record
from magistrate.cases.state import read_state
from magistrate.cases.ticket import evidence_digest, ticket_fields

pytestmark = pytest.mark.xdist_group("cases")


def test_a_ticket_has_the_verdict_the_ends_and_the_hash_of_the_evidence(finished) -> None:
    state = read_state(read_record(finished / "case").entries)
    verdict = json.loads((finished / "case" / "verdict.json").read_text())
    found = ticket_fields(state, verdict)

    assert found["disposition"] == found["disposition_of_the_tool"] == verdict["disposition"]
    assert found["source_ref"] == verdict["case_hash"]
    assert found["targets"] == ["srv12.corp.example"]
    assert found["evidence_sha256"] == evidence_digest(state)
    assert found["override"] is None
    assert all(len(shape) == 64 for shape in found["command_shapes"])
