"""Claims about what proves that a capability was recording: for each a hit, a near miss and an absence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.coverage.cases import HOST, POWERSHELL, SYSMON, T0, WMI, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.model import Proof
from magistrate.coverage.rules import capability_table
from magistrate.sources.base import FileIntake, Intake

NAMES = tuple(rule.name for rule in capability_table().capabilities)


def capability(case, name, *, alert=T0, intake=None):
    coverage = assess_coverage(case.store(), intake or Intake(), alert, alert)
    return next(item for item in coverage.host(HOST).capabilities if item.name == name)


def proof(case, name, **options):
    return capability(case, name, **options).proof


def test_the_capabilities_are_those_of_the_model():
    assert NAMES == (
        "process_creation", "command_line", "actor_logon_id", "logon", "special_logon", "wmi_activity",
        "subscription", "namespace_audit", "powershell", "share_detail", "network",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "record", "values"),
    [
        ("process_creation", ("Security", 4688), {}),
        ("process_creation", (SYSMON, 1), {}),
        ("command_line", ("Security", 4688), {"CommandLine": "cmd /c dir"}),
        ("actor_logon_id", ("Security", 4688), {"Version": 2}),
        ("actor_logon_id", ("Security", 4688), {"TargetLogonId": 0}),
        ("actor_logon_id", (SYSMON, 1), {"LogonId": 0x3E7}),
        ("logon", ("Security", 4624), {}),
        ("special_logon", ("Security", 4672), {}),
        ("wmi_activity", (WMI, 5858), {}),
        ("subscription", (SYSMON, 20), {}),
        ("subscription", (WMI, 5861), {}),
        ("namespace_audit", ("Security", 4662), {"ObjectServer": "WMI"}),
        ("powershell", (POWERSHELL, 4103), {}),
        ("powershell", (POWERSHELL, 4104), {"raw": '{"Level":5}'}),
        ("share_detail", ("Security", 5145), {}),
        ("network", ("Security", 5156), {}),
    ],
)
def test_one_record_near_the_alert_proves_it_on(name, record, values):
    found = capability(Case().add(*record, seconds=-800, **values), name)

    assert (found.proof, found.evidence_ids) == (Proof.ON, ("0000000000000000",))


def test_a_single_record_is_called_what_it_is():
    assert (
        "A single record proves that it was on at that moment"
        in capability(Case().add("Security", 4688), "process_creation").reason
    )


def test_more_records_are_counted_and_three_are_cited():
    case = Case()
    for second in range(5):
        case.add("Security", 4688, second)
    found = capability(case, "process_creation")

    assert (found.reason, len(found.evidence_ids)) == (
        "5 records within 15 minutes of the alert (Security 4688 or Sysmon 1).", 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "record", "values"),
    [
        ("subscription", (WMI, 5857), {}),
        ("powershell", (POWERSHELL, 4104), {"raw": '{"Level":3}'}),
        ("network", (SYSMON, 3), {}),
        ("actor_logon_id", ("Security", 4688), {"Version": 1}),
    ],
)
def test_a_lesser_record_proves_a_part(name, record, values):
    assert proof(Case().add(*record, **values), name) is Proof.PARTIAL


@pytest.mark.parametrize("seconds", [-16 * 60, 16 * 60, -23 * 3600])
def test_a_record_of_the_same_day_proves_a_part(seconds):
    found = capability(Case().add("Security", 4688, seconds), "process_creation")

    assert (found.proof, "recorded on that day" in found.reason) == (Proof.PARTIAL, True)


def test_all_records_count_when_nothing_is_suspicious():
    assert proof(Case().add("Security", 4688, -90 * 3600), "process_creation", alert=None) is Proof.ON


@pytest.mark.parametrize(
    ("name", "channel"),
    [("process_creation", "Security"), ("process_creation", SYSMON), ("logon", "Security")],
)
def test_none_in_a_full_channel_that_covers_the_time_is_off(name, channel):
    assert proof(Case().fill(channel, seconds=-60), name) is Proof.OFF


def test_none_in_an_excerpt_is_unknown():
    found = capability(Case().fill("Security", 5), "process_creation")

    assert (found.proof, "may be an excerpt" in found.reason) == (Proof.UNKNOWN, True)


def test_a_channel_that_ends_before_the_alert_is_unknown():
    found = capability(Case().fill("Security", seconds=-9 * 3600), "logon")

    assert (found.proof, found.reason) == (
        Proof.UNKNOWN,
        "The Security records do not reach the time of the alert.",
    )


@pytest.mark.parametrize("name", NAMES)
def test_without_any_channel_everything_is_unknown(name):
    assert proof(Case().fill("Setup"), name) is Proof.UNKNOWN


@pytest.mark.parametrize("name", ["namespace_audit", "share_detail"])
def test_what_is_off_by_default_is_off_when_not_seen(name):
    assert proof(Case().add("Security", 4624), name) is Proof.OFF


@pytest.mark.parametrize("values", [{}, {"ObjectServer": "DS"}])
def test_a_4662_on_something_else_is_no_namespace_audit(values):
    assert proof(Case().add("Security", 4662, **values), "namespace_audit") is Proof.OFF


def test_a_5140_is_no_share_detail():
    assert proof(Case().add("Security", 5140), "share_detail") is Proof.OFF


@pytest.mark.parametrize("text", [None, ""])
def test_processes_without_any_command_line_prove_it_off(text):
    found = capability(Case().add("Security", 4688, CommandLine=text), "command_line")

    assert (found.proof, found.reason) == (Proof.OFF, "1 record could show command lines and none does.")


def test_service_logons_without_privileges_prove_them_off():
    assert proof(Case().add("Security", 4624, LogonType=5), "special_logon") is Proof.OFF


def test_network_logons_without_privileges_prove_nothing():
    assert proof(Case().add("Security", 4624, LogonType=3), "special_logon") is Proof.UNKNOWN


def test_sysmon_without_subscriptions_is_unknown_never_off():
    assert proof(Case().fill(SYSMON, seconds=-60), "subscription") is Proof.UNKNOWN


def test_wmi_activity_counts_at_any_time():
    assert proof(Case().add(WMI, 5857, -40 * 86_400), "wmi_activity") is Proof.ON


def test_lost_records_of_the_channel_weaken_the_proof():
    intake = Intake(files=(FileIntake("Security.evtx", "aa", 1, "evtx", found=5, loaded=3, bad=2),))
    found = capability(Case().add("Security", 4688), "process_creation", intake=intake)

    assert (found.proof, "Records of Security were lost" in found.reason) == (Proof.PARTIAL, True)


def test_lost_records_of_another_channel_do_not_weaken_the_proof():
    intake = Intake(files=(FileIntake("Security.evtx", "aa", 1, "evtx", found=5, loaded=3, bad=2),))
    case = Case().add("Security", 4624).add(WMI, 5857)

    assert proof(case, "wmi_activity", intake=intake) is Proof.ON


def test_with_lost_records_absence_is_unknown():
    intake = Intake(files=(FileIntake("Security.evtx", "aa", 1, "evtx", found=151, loaded=150, refused=1),))

    assert proof(Case().fill("Security", seconds=-60), "process_creation", intake=intake) is Proof.UNKNOWN


def test_an_audit_cut_after_the_last_record_weakens_the_proof():
    case = Case().add("Security", 4688, -60)
    case.add(
        "Security",
        4719,
        -30,
        AuditPolicyChanges="%%8448",
        SubcategoryGuid="0CCE922B-69AE-11D9-BED3-505054503030",
    )

    assert proof(case, "process_creation") is Proof.PARTIAL


def test_an_audit_cut_of_another_subcategory_does_not_weaken_the_proof():
    case = Case().add("Security", 4688, -60)
    case.add(
        "Security",
        4719,
        -30,
        AuditPolicyChanges="%%8448",
        SubcategoryGuid="0cce9215-69ae-11d9-bed3-505054503030",
    )

    assert proof(case, "process_creation") is Proof.ON


def test_hosts_are_judged_apart():
    case = Case().add("Security", 4688).add("Security", 4624, host="other")
    coverage = assess_coverage(case.store(), Intake(), T0, T0 + timedelta(minutes=1))

    assert [(item.host, item.proof("process_creation"), item.proof("logon")) for item in coverage.hosts] == [
        ("other", Proof.UNKNOWN, Proof.ON), (HOST, Proof.ON, Proof.UNKNOWN),
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_capability_names_the_command_that_turns_it_on(name):
    assert len(capability(Case().add("Security", 4624), name).enable) > 20
