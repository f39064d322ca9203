"""Claims about signs that recording was cut, cleared or moved in time."""

from __future__ import annotations

import pytest
from tests.coverage.cases import HOST, SYSMON, T0, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.sources.base import Intake


def signs(case):
    return assess_coverage(case.store(), Intake(), T0, T0).tamper


@pytest.mark.parametrize(("channel", "event_id"), [("Security", 1102), ("System", 104)])
def test_a_clear_after_other_records_of_its_file_counts(channel, event_id):
    (sign,) = signs(Case().add(channel, 1, -5).add(channel, event_id))

    assert (sign.what, sign.host, sign.utc, sign.scored) == (
        f"an event log was cleared: {channel}", HOST, T0, True,
    )  # fmt: skip


def test_a_clear_at_the_start_of_a_recording_does_not_count():
    (sign,) = signs(Case().add("Security", 1102).add("Security", 4624, 5).add("System", 1, -60))

    assert sign.scored is False


def test_a_clear_at_the_start_of_its_file_counts_when_the_host_has_a_past():
    (sign,) = signs(Case().add("Security", 1102).add("Security", 4624, 5).add("System", 1, -3600))

    assert sign.scored is True


def test_the_past_of_another_host_does_not_make_a_clear_count():
    (sign,) = signs(Case().add("Security", 1102).add("System", 1, -3600, host="b"))

    assert sign.scored is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("%%8448", "success removed"),
        ("%%8450", "failure removed"),
        ("%%8448, %%8450", "success removed, failure removed"),
        ("Success removed", "success removed"),
        ("%%8448, %%8451", "success removed, failure added"),
    ],
)
def test_t_tamper_1_a_removed_audit_policy_is_a_sign_with_its_name(changes, words):
    guid = "{0CCE922B-69AE-11D9-BED3-505054503030}"
    (sign,) = signs(Case().add("Security", 4719, AuditPolicyChanges=changes, SubcategoryGuid=guid))

    assert (sign.what, sign.scored) == (f"an audit policy was cut: Process Creation ({words})", True)


def test_an_unknown_audit_subcategory_stays_as_recorded():
    (sign,) = signs(Case().add("Security", 4719, AuditPolicyChanges="%%8448", SubcategoryGuid="ABC"))

    assert sign.what == "an audit policy was cut: abc (success removed)"


@pytest.mark.parametrize("changes", ["%%8449", "%%8451", "Success Added"])
def test_an_added_audit_policy_is_told_and_not_scored(changes):
    (sign,) = signs(Case().add("Security", 4719, AuditPolicyChanges=changes))

    assert (sign.kind, sign.scored) == ("audit_added", False)


def test_an_audit_record_without_a_change_is_no_sign():
    assert signs(Case().add("Security", 4719, AuditPolicyChanges=None)) == ()


def test_a_stopped_sysmon_is_a_sign():
    (sign,) = signs(Case().add(SYSMON, 4, raw="State: Stopped"))

    assert (sign.what, sign.scored) == ("the Sysmon service stopped", True)


def test_a_started_sysmon_is_no_sign():
    assert signs(Case().add(SYSMON, 4, raw="State: Started")) == ()


def test_a_configuration_at_the_start_does_not_count_and_a_later_one_does():
    case = Case().add(SYSMON, 16, -3600).add(SYSMON, 1, -3500, category=None).add(SYSMON, 16)

    assert [sign.scored for sign in signs(case)] == [False, True]


@pytest.mark.parametrize(
    ("raw", "scored"), [("events dropped from driver queue", True), ("failed to open", False)]
)
def test_a_sysmon_error_counts_when_events_were_dropped(raw, scored):
    (sign,) = signs(Case().add(SYSMON, 255, raw=raw))

    assert sign.scored is scored


def test_a_clock_set_by_a_person_is_a_sign():
    (sign,) = signs(
        Case().add("Security", 4616, SubjectUserSid="S-1-5-21-1", Image=r"C:\Windows\System32\cmd.exe")
    )

    assert sign.what == "the clock was set by something other than the time service"


@pytest.mark.parametrize(
    "values", [{"SubjectUserSid": "S-1-5-19"}, {"SubjectUserSid": "S-1-5-18", "Image": r"C:\Windows\System32\svchost.exe"}]
)  # fmt: skip
def test_a_clock_set_by_the_time_service_is_no_sign(values):
    assert signs(Case().add("Security", 4616, **values)) == ()


def test_record_ids_that_start_again_are_a_sign():
    case = Case().add("Security", 4624, 0, RecordId=5001).add("Security", 4624, 5, RecordId=1)

    assert [sign.what for sign in signs(case)] == ["record ids start again at a lower number: Security"]


def test_record_ids_that_stay_lower_are_a_sign():
    case = Case()
    for number in range(40):
        case.add("Security", 4624, number * 60, RecordId=9000 + number - (5000 if number >= 20 else 0))

    assert [(sign.utc - T0).total_seconds() for sign in signs(case)] == [1200]


def test_records_that_were_written_late_are_no_sign():
    case = Case()
    for number in range(3000):
        case.add(SYSMON, 1, number - (300 if number % 500 == 499 else 0), category=None)

    assert signs(case) == ()


@pytest.mark.parametrize("number", [4999, 4000])
def test_a_lower_record_id_at_the_very_end_is_no_sign(number):
    case = Case().add("Security", 4624, 0, RecordId=5001).add("Security", 4624, 5, RecordId=number)

    assert signs(case) == ()


def test_logs_cleared_together_are_one_sign():
    case = Case().add("System", 1, -5)
    for number, name in enumerate(["Application", "Setup", "Backup", "Other", "More"]):
        case.add("System", 104, number, ObjectName=name)
    (sign,) = signs(case)

    assert (sign.what, len(sign.evidence_ids)) == (
        "an event log was cleared: Application, Backup, More and 2 more (5 records)", 5,
    )  # fmt: skip


def test_logs_cleared_an_hour_apart_are_two_signs():
    assert len(signs(Case().add("System", 1, -5).add("System", 104).add("System", 104, 3600))) == 2


def busy_with_silence(minutes, others):
    case = Case().fill("Security", 200, -4000, 10).fill("Security", 100, -2000 + minutes * 60, 10)
    return case.fill("System", others, -2000, minutes * 60 / max(others, 1))


def test_a_channel_that_stops_while_the_host_goes_on_is_a_sign():
    (sign,) = signs(busy_with_silence(60, 40))

    assert sign.what == "Security is silent for 60 minutes while other channels of the host go on"


@pytest.mark.parametrize(("minutes", "others"), [(20, 40), (60, 10), (60, 0)])
def test_a_short_silence_or_a_silent_host_is_no_sign(minutes, others):
    assert signs(busy_with_silence(minutes, others)) == ()


def test_every_sign_names_another_explanation():
    assert all(len(sign.explanation) > 20 for sign in signs(busy_with_silence(60, 40).add("Security", 1102)))
