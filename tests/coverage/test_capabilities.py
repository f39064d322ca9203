"""Claims about what proves that a capability was recording: for each a hit, a near miss and an absence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.coverage.cases import HOST, POWERSHELL, SYSMON, T0, WMI, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.audit_policy import subcategories, subcategory_guid
from magistrate.coverage.model import Gap, Proof, Readiness, SettingKind
from magistrate.coverage.rules import capability_table, further_table, setting_table
from magistrate.portable_sql import find_dialect
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


def cut_case(seconds):
    """Processes before and after, and a clear of the Security log at a time."""
    case = Case().add("Security", 4688, -3600)
    return case.add("Security", 4688, -60).add("Security", 1102, seconds).add("Security", 4688, seconds + 30)


def test_t_tamper_1_a_clear_near_the_alert_leaves_the_answer_open():
    found = capability(cut_case(120), "process_creation")

    assert (found.proof, found.gap, found.readiness) == (Proof.PARTIAL, Gap.CUT, Readiness.CONDITIONAL)
    assert "an event log was cleared: Security: what is missing there cannot be said" in found.reason


def test_a_clear_far_from_the_alert_does_not_weaken_the_proof():
    assert proof(cut_case(7200), "process_creation") is Proof.ON


def test_a_clear_of_one_log_does_not_weaken_what_another_proves():
    found = capability(cut_case(120).add(SYSMON, 1, 10), "process_creation")

    assert (found.proof, "One of its logs was cut in that time" in found.reason) == (Proof.ON, True)


def test_a_clear_near_the_alert_turns_off_into_unknown():
    case = (
        Case().add("System", 1, -3600).fill("Security", 200, -60).add("Security", 1102, 60, category="tamper")
    )

    assert (proof(case, "process_creation"), capability(case, "process_creation").gap) == (
        Proof.UNKNOWN,
        Gap.CUT,
    )


def test_a_new_sysmon_configuration_after_the_last_record_weakens_the_proof():
    case = Case().add(SYSMON, 1, -3600).add(SYSMON, 1, -60).add(SYSMON, 16, -30)

    assert proof(case, "process_creation") is Proof.PARTIAL


@pytest.mark.parametrize(
    ("case", "name", "readiness", "gap"),
    [
        (Case().add("Security", 4688), "process_creation", Readiness.READY, Gap.NONE),
        (Case().add(SYSMON, 3), "network", Readiness.CONDITIONAL, Gap.PART),
        (Case().add("Security", 4624), "namespace_audit", Readiness.BLOCKED, Gap.OFF),
        (Case().add("Security", 4624), "wmi_activity", Readiness.BLOCKED, Gap.NO_LOG),
        (Case().fill("Security", 5), "logon", Readiness.CONDITIONAL, Gap.EXCERPT),
        (Case().fill("Security", 5, -99_999), "logon", Readiness.BLOCKED, Gap.OUT_OF_TIME),
        (Case().fill("Security", 200, -60), "explicit_credential", Readiness.CONDITIONAL, Gap.UNPROVED),
    ],
)
def test_readiness_says_what_a_capability_is_good_for(case, name, readiness, gap):
    coverage = assess_coverage(case.store(), Intake(), T0, T0)
    found = coverage.host(HOST).capability(name)

    assert (found.readiness, found.gap) == (readiness, gap)


def test_a_member_cannot_record_what_only_a_domain_controller_does():
    case = Case().add("Security", 4624, LogonType=11)
    found = assess_coverage(case.store(), Intake(), T0, T0).host(HOST).capability("kerberos_tickets")

    assert (found.readiness, found.evidence_ids) == (Readiness.NOT_APPLICABLE, ("0000000000000000",))
    assert "cached credentials" in found.reason


def test_without_a_sign_of_its_role_a_host_is_not_excused():
    case = Case().fill("Security", 200, -60)
    found = assess_coverage(case.store(), Intake(), T0, T0).host(HOST).capability("kerberos_tickets")

    assert (found.readiness, "nothing shows the role" in found.reason) == (Readiness.CONDITIONAL, True)


def disabled_winrm(later=None):
    case = Case().add("System", 7040, -99, ServiceName="WinRM", OldValue="auto start", NewValue="disabled")
    if later:
        case.add("System", 7040, -50, ServiceName="WinRM", OldValue="disabled", NewValue=later)
    return assess_coverage(case.store(), Intake(), T0, T0).host(HOST).capability("winrm")


def test_winrm_is_not_applicable_where_a_record_says_that_its_service_was_disabled():
    found = disabled_winrm()

    assert (found.readiness, found.reason) == (Readiness.NOT_APPLICABLE, "The winrm service was disabled.")


def test_winrm_that_was_switched_on_again_is_applicable():
    assert disabled_winrm("demand start").readiness is Readiness.BLOCKED


@pytest.mark.parametrize(
    "rule", [*capability_table().capabilities, *further_table()], ids=lambda rule: rule.name
)
def test_every_capability_names_an_exact_setting_with_its_source(rule):
    for setting in rule.opened_by:
        assert setting.target
        assert setting.command
        assert setting.source


def test_every_setting_is_used():
    used = {name for rule in (*capability_table().capabilities, *further_table()) for name in rule.settings}

    assert set(setting_table()) == used


def test_audit_settings_name_known_subcategories_by_guid():
    audit = [item for item in setting_table().values() if item.kind is SettingKind.AUDITPOL]

    assert audit
    for item in audit:
        guid = subcategory_guid(item.target)
        assert guid == subcategory_guid(item.command)
        assert item.target.startswith(subcategories()[guid])


@pytest.mark.parametrize(
    "rule", [*capability_table().capabilities, *further_table()], ids=lambda rule: rule.name
)
def test_every_query_is_portable(rule):
    for query in filter(None, (rule.query, rule.impossible, rule.lacking.query if rule.lacking else None)):
        assert find_dialect(query) == ()
