"""Who acted and from where: the joins of triage practice 2.1."""

from __future__ import annotations

import pytest

from activity.rows_of import HOST, logon, row, security_start, share_touch, sysmon_start
from magistrate.activity.model import Confidence, Join, Kind, OriginClass
from magistrate.activity.run import examine
from magistrate.context.model import Context
from magistrate.store.duckdb import DuckDBStore

PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
WMIEXEC = "cmd.exe /Q /c cd \\ 1> \\\\127.0.0.1\\ADMIN$\\__1700000000.123456 2>&1"


def stories_of(*rows):
    store = DuckDBStore.in_memory(rows)
    try:
        return examine(store, Context())
    finally:
        store.close()


def child_of(*rows):
    (story,) = [s for s in stories_of(*rows) if not s.background]
    return next(a for a in story.activities if a.kind is Kind.CHILD)


def test_logon_id_joins_to_user_and_address():
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )

    assert child.identity.join is Join.EXACT
    assert child.identity.origin is OriginClass.REMOTE
    assert child.identity.source_ip == "10.0.0.5"
    assert child.identity.confidence is Confidence.HIGH


def test_logon_of_an_earlier_boot_is_not_joined():
    child = child_of(
        logon(0, "CORP\\old", 0xABC, "10.0.0.5"),
        row("system_state", "System", 6005, 100),
        sysmon_start(200, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )

    assert child.identity.join is not Join.EXACT
    assert child.identity.source_ip is None


def test_machine_subject_is_never_the_actor():
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        security_start(1, CMD, parent=PROVIDER, version=1),
    )

    assert child.identity.account is not None
    assert child.identity.account.name == "CORP\\adm"
    assert child.identity.join is Join.WINDOW


def test_two_users_in_the_window_are_a_conflict_and_both_are_listed():
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        logon(0.5, "CORP\\user01", 0xDEF, "10.0.0.5"),
        security_start(1, CMD, parent=PROVIDER, version=1),
    )

    assert child.identity.join is Join.AMBIGUOUS
    assert {c.account for c in child.identity.candidates} == {"CORP\\adm", "CORP\\user01"}


def test_share_read_back_settles_the_source():
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        logon(0.5, "CORP\\adm", 0xDEF, "10.0.0.9", package="Kerberos"),
        security_start(1, CMD, parent=PROVIDER, version=1, CommandLine=WMIEXEC),
        share_touch(1.1, "__1700000000.123456", "127.0.0.1"),
        share_touch(1.2, "__1700000000.123456", "10.0.0.5"),
    )

    assert child.identity.join is Join.SHARE
    assert child.identity.source_ip == "10.0.0.5"


def test_no_logon_record_leaves_the_origin_unknown():
    child = child_of(sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"))

    assert child.identity.origin is OriginClass.UNKNOWN
    assert child.identity.account is not None


def test_version_one_without_logons_has_no_actor():
    child = child_of(security_start(1, CMD, parent=PROVIDER, version=1))

    assert child.identity.account is None
    assert child.identity.join is Join.NONE


@pytest.mark.parametrize(
    ("logon_type", "origin"), [(2, "LOCAL"), (10, "LOCAL"), (4, "BATCH"), (5, "SERVICE")]
)
def test_session_type_names_the_origin(logon_type, origin):
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, None, type_=logon_type),
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )

    assert child.identity.origin.value == origin


def test_hidden_address_over_winrm_comes_from_the_inbound_flow():
    flow = row(
        "network_connection",
        "Security",
        5156,
        0.1,
        Initiated=False,
        SourceIp="10.0.0.5",
        SourcePort=51000,
        DestinationIp="10.0.0.20",
        DestinationPort=5985,
        Image="System",
    )
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, None, package="Kerberos"),
        flow,
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )

    assert child.identity.transport == "WSMan"
    assert child.identity.source_ip == "10.0.0.5"


def test_special_logon_marks_the_session_admin_and_its_absence_does_not():
    admin = row(
        "special_privilege", "Security", 4672, 0, SubjectLogonId=0xABC, PrivilegeList="SeDebugPrivilege"
    )
    other = row(
        "special_privilege", "Security", 4672, 0, SubjectLogonId=0x111, PrivilegeList="SeDebugPrivilege"
    )
    scene = (
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )

    assert child_of(*scene, admin).identity.admin is True
    assert child_of(*scene, other).identity.admin is False
    assert child_of(*scene).identity.admin is None


def test_local_access_check_of_the_wmi_service_is_not_a_network_logon():
    child = child_of(
        logon(0, "CORP\\adm", 0xABC, None, LogonProcessName="Authz"),
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )

    assert child.identity.origin is OriginClass.LOCAL


def test_recycled_provider_id_is_not_a_wmi_parent():
    provider = security_start(0, PROVIDER, pid=900, parent_pid=700)
    other = security_start(5, "C:\\Windows\\System32\\svchost.exe", pid=900, parent_pid=600)
    late = security_start(10, CMD, version=1, parent=None, pid=5000, parent_pid=900)

    assert not [s for s in stories_of(provider, other, late) if not s.background]


def test_old_layout_child_is_found_by_the_provider_id():
    provider = security_start(0, PROVIDER, pid=900, parent_pid=700)
    late = security_start(10, CMD, version=1, parent=None, pid=5000, parent_pid=900)
    (story,) = [s for s in stories_of(provider, late) if not s.background]

    assert story.target_hosts == (HOST,)
