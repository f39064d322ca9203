from __future__ import annotations

from pathlib import Path

import pytest
from tests.claims.conftest import CLAIMS

from magistrate.claims.compare import wmi_names
from magistrate.claims.model import State
from magistrate.report.alert_view import alert_sheets

DEMO = Path(__file__).parents[2] / "scenarios" / "demo" / "logs" / "SRV12"


def _states(case) -> dict[str, State]:
    return {claim.name: claim.state for claim in case.alert.claims}


def test_parent_that_is_not_the_provider_host_closes_the_alert_as_false_and_cites_the_field(judged) -> None:
    case = judged(CLAIMS)
    reason = " ".join(fact for firing in case.decision.firings if firing.decided for fact in firing.facts)

    assert (case.decision.disposition, case.decision.rule) == ("CLOSE-FALSE", "R9")
    assert _states(case)["parent"] is State.CONTRADICTED
    assert r"ParentImage is C:\Windows\explorer.exe" in reason
    assert case.alert.record.evidence_id in reason


def test_true_claims_are_confirmed_and_close_nothing(judged) -> None:
    case = judged(CLAIMS.replace(r"C:\Windows\System32\wbem\WmiPrvSE.exe", "explorer.exe"))

    assert set(_states(case).values()) == {State.CONFIRMED}
    assert case.decision.disposition == "NOT-OBSERVED"


def test_record_that_is_not_in_the_logs_holds_the_case_and_names_the_log(judged) -> None:
    case = judged(CLAIMS.replace("07:03:00", "09:33:00"))

    assert set(_states(case).values()) == {State.NOT_FOUND}
    assert case.decision.disposition == "HOLD-DATA"
    assert any("WS21" in line and "Security" in line for line in case.decision.request)


def test_host_whose_wmi_log_is_missing_never_closes(judged) -> None:
    assert judged(CLAIMS, without="WMI-Activity").decision.disposition == "NOT-OBSERVED"


def test_other_field_that_differs_is_shown_and_decides_nothing(judged) -> None:
    text = CLAIMS.replace("user15", "user16").replace(
        r"C:\Windows\System32\wbem\WmiPrvSE.exe", "explorer.exe"
    )
    case = judged(text)

    assert _states(case)["user"] is State.CONTRADICTED
    assert case.decision.disposition == "NOT-OBSERVED"


def test_claims_on_a_record_that_is_not_there_are_not_found(judged) -> None:
    case = judged(CLAIMS + "command_line: cmd.exe /c d...\nrecord_id: 7\n")

    assert case.alert.record is None
    assert _states(case)["command line"] is State.NOT_FOUND


def test_cut_command_line_is_confirmed(judged) -> None:
    assert _states(judged(CLAIMS + "command_line: 'CMD.exe  /c d...'\n"))["command line"] is State.CONFIRMED


def test_finding_that_stands_is_never_closed_by_a_wrong_alert(judged) -> None:
    text = "host: SRV12\ntime: 2026-03-05T07:46:28Z\nimage: cmd.exe\nparent: scrcons.exe\n"

    assert judged(text, logs=DEMO).decision.disposition == "ESCALATE-INCIDENT"


def test_sheet_cites_the_record_for_each_claim_it_speaks_to(judged) -> None:
    case = judged(CLAIMS)
    (sheet,) = alert_sheets(case.alert)

    assert "ParentImage is" in sheet.summary
    assert set(sheet.records) == {(case.alert.record.evidence_id,)}


def test_case_without_an_alert_has_no_sheet() -> None:
    assert alert_sheets(None) == ()


@pytest.mark.parametrize("name", ["wmiprvse.exe", "scrcons.exe"])
def test_provider_hosts_are_known(name) -> None:
    assert wmi_names()[name] == "provider"
