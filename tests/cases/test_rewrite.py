from __future__ import annotations

import pytest

from magistrate.cases import recompute
from magistrate.cases.opinions import Reason, Wanted, change_draft, note_draft
from magistrate.cases.record import append, read_record
from magistrate.cases.rewrite import rewrite_reports
from magistrate.cases.state import read_state
from magistrate.cases.verify import verify
from magistrate.errors import UsageError

pytestmark = pytest.mark.xdist_group("cases")


def test_reports_show_what_people_said_and_the_verdict_stays(case, author) -> None:
    before = (case / "verdict.json").read_bytes()
    state = read_state(read_record(case).entries)
    other = "HOLD-DATA" if state.verdict.disposition != "HOLD-DATA" else "ESCALATE-REVIEW"
    wanted = Wanted("verdict", other, Reason.OTHER, "The <script> owner was asked twice.", evidence="0" * 16)
    append(case, [change_draft(state, wanted), note_draft("password=Summer2026! in a note")], author)
    rewrite_reports(case, author)
    texts = [(case / name).read_text() for name in ("report.md", "report.html")]

    assert all(other in text and "owner was asked twice" in text for text in texts)
    assert all("<script>" not in text and "Summer2026" not in text for text in texts)
    assert (case / "verdict.json").read_bytes() == before
    assert verify(case, recompute=False).faults == ()


def test_another_build_does_not_rewrite_reports_and_its_verdict_is_not_called_a_fault(
    case, author, monkeypatch
) -> None:
    monkeypatch.setattr(recompute, "program_digest", lambda: "f" * 64)

    with pytest.raises(UsageError, match="another build of version"):
        rewrite_reports(case, author)

    found = verify(case)

    assert found.faults == ()
    assert "another build of version" in found.checks[-1].remarks[0]
