"""Claims about signs that recording was cut, cleared or moved in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.coverage.cases import HOST, SYSMON, T0, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.sources.base import FileIntake, Intake


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


def kinds(case):
    return [(sign.kind, sign.scored) for sign in signs(case)]


KERNEL = "Microsoft-Windows-Kernel-General"


@pytest.mark.parametrize(("channel", "event_id"), [("System", 6006), ("Security", 1100)])
def test_t_tamper_1_a_log_service_that_stops_while_the_host_goes_on_is_a_sign(channel, event_id):
    case = Case().add(channel, event_id).add(channel, 1, 300)

    assert kinds(case) == [("log_service_stopped", True)]


@pytest.mark.parametrize(
    ("channel", "event_id", "provider"),
    [("System", 13, KERNEL), ("System", 12, KERNEL), ("System", 1074, "User32"), ("Security", 4608, None)],
)
def test_a_log_service_that_stops_at_a_shutdown_is_no_sign(channel, event_id, provider):
    case = Case().add("System", 6006).add(channel, event_id, 60, Provider=provider).add("System", 6005, 90)

    assert kinds(case) == []


def test_a_log_that_ends_with_the_stop_of_its_service_says_nothing():
    assert kinds(Case().add("System", 1, -5).add("System", 6006)) == []


@pytest.mark.parametrize(("event_id", "words"), [(1101, "dropped"), (1104, "full")])
def test_t_tamper_1_a_security_log_that_lost_events_is_a_sign(event_id, words):
    (sign,) = signs(Case().add("Security", event_id, Provider="Microsoft-Windows-Eventlog"))

    assert (sign.kind, words in sign.what, sign.channels) == ("events_dropped", True, ("Security",))


LOG_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Security\MaxSize"
CHANNEL_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-WMI-Activity/Operational\Enabled"


@pytest.mark.parametrize(
    ("key", "value", "scored"),
    [
        (LOG_KEY, "DWORD (0x00010000)", False),
        (CHANNEL_KEY, "DWORD (0x00000000)", True),
        (CHANNEL_KEY, "DWORD (0x00000001)", False),
    ],
)
def test_t_tamper_1_a_change_of_a_logs_settings_is_told_and_switching_off_counts(key, value, scored):
    (sign,) = signs(Case().add(SYSMON, 13, TargetObject=key, Details=value))

    assert (sign.kind, sign.scored, key in sign.what) == ("log_settings_changed", scored, True)


def test_a_registry_change_elsewhere_is_no_sign():
    key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\MaxSize"

    assert signs(Case().add(SYSMON, 13, TargetObject=key, Details="x")) == ()


@pytest.mark.parametrize(
    ("command", "scored"),
    [("wevtutil sl Security /ms:65536", False), ("wevtutil set-log Security /e:false", True)],
)
def test_a_log_set_by_wevtutil_is_told(command, scored):
    case = Case().add("Security", 4688, Image=r"C:\Windows\System32\wevtutil.exe", CommandLine=command)

    assert kinds(case) == [("log_settings_changed", scored)]


def test_exporting_a_log_is_no_sign():
    command = r"wevtutil epl Security C:\IR\Security.evtx"
    case = Case().add("Security", 4688, Image=r"C:\Windows\System32\wevtutil.exe", CommandLine=command)

    assert kinds(case) == []


@pytest.mark.parametrize(
    ("after", "words", "scored"),
    [
        ("2026-03-02T08:00:00.1234567Z", "back by 3,600 s", True),
        ("2026-03-05T09:00:00.1234567Z", "forward by 3.0 days", True),
        ("2026-03-02T09:00:00.6234567Z", "forward by less than a second", False),
        ("2026-03-02T08:59:30.1234567Z", "back by 30 s", False),
    ],
)
def test_t_tamper_1_a_set_clock_says_how_far_and_a_small_correction_does_not_count(after, words, scored):
    case = Case().add("Security", 4616, OldValue="2026-03-02T09:00:00.1234567Z", NewValue=after)
    (sign,) = signs(case)

    assert (sign.what.rpartition(": ")[2], sign.scored) == (words, scored)


def test_a_set_clock_whose_times_cannot_be_read_still_counts():
    (sign,) = signs(Case().add("Security", 4616, OldValue="?", NewValue="2026-03-02T09:00:00Z"))

    assert (sign.kind, sign.scored) == ("clock_changed", True)


@pytest.mark.parametrize(("image", "scored"), [(r"C:\Tools\x.exe", True), ("System", False), (None, False)])
def test_a_clock_change_of_the_kernel_counts_when_a_program_made_it(image, scored):
    times = {"OldValue": "2026-03-02T09:00:00.0Z", "NewValue": "2026-03-02T07:00:00.0Z"}
    case = Case().add("System", 1, category="tamper", Provider=KERNEL, Image=image, **times)

    assert kinds(case) == [("clock_changed", scored)]


def test_t_tamper_1_time_that_runs_back_is_a_sign():
    case = Case()
    for number in range(20):
        case.add("Security", 4624, number * 60 - (3600 if number >= 10 else 0))
    (sign,) = signs(case)

    assert (sign.kind, sign.utc, sign.channels) == ("time_ran_back", T0 - timedelta(seconds=3000), ())


def test_a_log_that_started_again_is_told_once_not_as_time_that_ran_back():
    case = Case()
    for number in range(20):
        case.add("Security", 4624, number * 600, RecordId=5001 + number if number < 10 else number - 9)

    assert [kind for kind, _ in kinds(case)] == ["record_id_fall"]


def test_t_tamper_1_missing_record_ids_in_a_complete_log_are_a_sign():
    case = Case().fill("Security", 60).fill("Security", 60, 60)
    case.rows = [row for row in case.rows if row["RecordId"] not in (58, 59, 60)]
    (sign,) = signs(case)

    assert (sign.kind, sign.what.rpartition(": ")[2], sign.channels) == (
        "record_hole",
        "58-60",
        ("Security",),
    )
    assert (sign.utc, sign.until) == (T0 + timedelta(seconds=56), T0 + timedelta(seconds=60))


@pytest.mark.parametrize(("count", "step"), [(60, 1), (300, 2)])
def test_missing_record_ids_in_an_excerpt_or_a_filtered_export_are_no_sign(count, step):
    case = Case()
    for number in range(count):
        case.add("Security", 1, number, RecordId=number * step + (5 if number > 30 else 0))

    assert signs(case) == ()


def test_missing_record_ids_of_a_damaged_file_are_accounted_for_elsewhere():
    case = Case().fill("Security", 150)
    case.rows = [row for row in case.rows if row["RecordId"] != 70]
    intake = Intake(files=(FileIntake("Security.evtx", "aa", 1, "evtx", found=150, loaded=149, bad=1),))

    assert assess_coverage(case.store(), intake, T0, T0).tamper == ()


def silent_host(*, traffic=True, mark=None):
    """A host with an address and two hours of silence, and another host that sees it meanwhile."""
    case = Case().fill("Security", 150, -9000, 10).fill("Security", 100, 1000, 10)
    flow = {"SourceIp": "10.0.0.1", "DestinationIp": "10.0.0.2", "DestinationPort": 445}
    case.add(SYSMON, 3, -8000, Initiated=True, **flow)
    if traffic:
        case.add(SYSMON, 3, -3000, host="b", Initiated=False, **flow)
    if mark:
        case.add("System", mark, -7400)
    return case


def test_t_tamper_1_a_host_whose_logs_are_all_silent_while_others_see_it_is_a_sign():
    (sign,) = signs(silent_host())

    assert (sign.kind, sign.host, sign.channels) == ("host_silence", HOST, ("*",))
    assert "silent for 141 minutes while 1 record of other hosts" in sign.what


@pytest.mark.parametrize("case", [{"traffic": False}, {"mark": 6006}, {"mark": 6008}])
def test_a_silent_host_that_was_off_or_that_nobody_saw_is_no_sign(case):
    assert signs(silent_host(**case)) == ()


def test_every_sign_names_another_explanation():
    assert all(len(sign.explanation) > 20 for sign in signs(busy_with_silence(60, 40).add("Security", 1102)))
