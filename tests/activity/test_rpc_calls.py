"""WMI calls that a network sensor saw, and the acts that they belong to."""

from __future__ import annotations

from activity.rows_of import HOST, logon, row, sysmon_start
from magistrate.activity.model import Kind, OriginClass
from magistrate.activity.run import examine, is_execution
from magistrate.context.model import Asset, Context
from magistrate.store.duckdb import DuckDBStore

PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
CLIENT, SERVER = "192.0.2.7", "198.51.100.20"
SITE = Context(assets=(Asset(HOST, (SERVER,), "server"),))


def call(
    seconds, operation="ExecMethod", *, interface="IWbemServices", client=CLIENT, server=SERVER, uid="C1"
):
    """One row of Zeek's dce_rpc log."""
    return row(
        "zeek_dce_rpc",
        "Zeek/dce_rpc",
        None,
        seconds,
        "sensor01",
        SourceIp=client,
        SourcePort=49823,
        DestinationIp=server,
        DestinationPort=49666,
        RpcInterface=interface,
        Operation=operation,
        FlowId=uid,
    )


def login(seconds, user, uid="C1"):
    """One row of Zeek's ntlm log."""
    return row("zeek_auth", "Zeek/ntlm", None, seconds, "sensor01", TargetUserName=user, TargetDomainName="CORP",
               AuthenticationPackageName="NTLM", FlowId=uid)  # fmt: skip


def stories_of(*rows, context=SITE):
    store = DuckDBStore.in_memory(rows)
    try:
        return examine(store, context)
    finally:
        store.close()


def test_a_method_on_the_wire_is_remote_wmi_without_any_host_log():
    (story,) = stories_of(call(1), context=Context())

    assert (story.origin, story.source_ip, story.target_hosts) == (OriginClass.REMOTE, CLIENT, (SERVER,))
    assert is_execution(story)


def test_the_sensor_is_never_a_host_of_the_case():
    (story,) = stories_of(call(1))

    assert story.hosts == (HOST,)


def test_the_account_is_the_one_that_authenticated_the_connection():
    (story,) = stories_of(call(1), login(0.9, "user05"), login(0.9, "user06", uid="C2"))

    assert story.account.name == "CORP\\user05"


def test_two_accounts_on_one_connection_name_nobody():
    (story,) = stories_of(call(1), login(0.9, "user05"), login(0.9, "user06"))

    assert story.account is None


def test_queries_and_other_interfaces_are_no_act():
    assert stories_of(call(1, "ExecQuery"), call(2, "CreateServiceW", interface="svcctl")) == ()


def test_deleting_a_class_on_the_wire_counts_as_deleting_an_instance():
    (story,) = stories_of(call(1, "DeleteClass"))

    assert story.activities[0].operation == "delete"


def test_calls_inside_one_host_say_nothing_of_another():
    assert stories_of(call(1, server=CLIENT)) == ()


def test_calls_close_together_are_one_act_and_a_pause_ends_it():
    stories = stories_of(call(1), call(2), call(200), context=Context())

    assert sum(len(story.activities) for story in stories) == 2


def test_a_call_belongs_to_the_child_that_its_session_started():
    (story,) = stories_of(
        logon(0.5, "CORP\\user05", 0xABC, CLIENT),
        sysmon_start(1, CMD, PROVIDER, "CORP\\user05", 0xABC, command="cmd.exe /c whoami", pid=77),
        call(0.7),
    )

    assert {activity.kind for activity in story.activities} == {Kind.CHILD, Kind.NETWORK}
    assert story.account.name == "CORP\\user05"


def test_a_call_from_another_address_stays_apart():
    stories = stories_of(
        logon(0.5, "CORP\\user05", 0xABC, CLIENT),
        sysmon_start(1, CMD, PROVIDER, "CORP\\user05", 0xABC, command="cmd.exe /c whoami", pid=77),
        call(0.7, client="203.0.113.9"),
    )

    assert len(stories) == 2


def test_a_call_never_joins_the_acts_of_two_people():
    stories = stories_of(
        logon(0.5, "CORP\\user05", 0xABC, CLIENT),
        sysmon_start(1, CMD, PROVIDER, "CORP\\user05", 0xABC, command="cmd.exe /c whoami", pid=77),
        logon(10, "CORP\\user06", 0xDEF, CLIENT),
        sysmon_start(11, CMD, PROVIDER, "CORP\\user06", 0xDEF, command="cmd.exe /c hostname", pid=78),
        call(0.7),
        call(10.7),
    )

    assert {story.account.name for story in stories} == {"CORP\\user05", "CORP\\user06"}
