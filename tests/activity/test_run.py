"""What counts as WMI activity, and how activities become stories."""

from __future__ import annotations

from activity.rows_of import HOST, logon, row, security_start, sysmon_start
from magistrate.activity.model import Kind, OriginClass
from magistrate.activity.run import examine, is_execution
from magistrate.context.model import Context
from magistrate.store.duckdb import DuckDBStore

PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
WMIC = "C:\\Windows\\System32\\wbem\\WMIC.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
WKS = "wks05.corp.example"


def stories_of(*rows):
    store = DuckDBStore.in_memory(rows)
    try:
        return examine(store, Context())
    finally:
        store.close()


def acting(*rows):
    return [story for story in stories_of(*rows) if not story.background]


def test_both_records_of_one_process_are_one_activity():
    (story,) = acting(
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami", pid=77),
        security_start(1.3, CMD, parent=PROVIDER, pid=77, CommandLine="cmd.exe /c whoami"),
    )

    assert len(story.activities) == 1
    assert {e.event_id for e in story.activities[0].evidence} == {1, 4688}


def test_provider_host_starting_itself_is_background():
    (story,) = stories_of(sysmon_start(1, PROVIDER, PROVIDER, "NT AUTHORITY\\NETWORK SERVICE", 0x3E4))

    assert story.background


def test_crash_handler_outside_the_system_folder_is_not_background():
    (story,) = stories_of(
        sysmon_start(1, "C:\\Users\\Public\\WerFault.exe", PROVIDER, "NT AUTHORITY\\SYSTEM", 0x3E7)
    )

    assert not story.background


def test_remote_node_and_its_child_on_the_target_are_one_story():
    (story,) = acting(
        sysmon_start(
            0,
            WMIC,
            CMD,
            "CORP\\adm",
            0x111,
            host=WKS,
            command='wmic /node:srv01 process call create "net user"',
        ),
        logon(0.4, "CORP\\adm", 0xABC, "10.0.0.5"),
        sysmon_start(0.5, "C:\\Windows\\System32\\net.exe", PROVIDER, "CORP\\adm", 0xABC, command="net user"),
    )

    assert story.origin is OriginClass.REMOTE
    assert story.source_host == WKS
    assert story.target_hosts == (HOST,)


def test_local_call_and_its_child_are_one_local_story():
    (story,) = acting(
        logon(0, "CORP\\dev", 0x111, None, type_=2),
        sysmon_start(1, WMIC, CMD, "CORP\\dev", 0x111, command="wmic process call create notepad.exe"),
        sysmon_start(
            1.2, "C:\\Windows\\notepad.exe", PROVIDER, "CORP\\dev", 0x111, pid=4100, command="notepad.exe"
        ),
    )

    assert story.origin is OriginClass.LOCAL
    assert {a.kind for a in story.activities} == {Kind.CLIENT, Kind.CHILD}


def test_two_operators_on_one_host_are_two_stories():
    stories = acting(
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, pid=1, command="cmd.exe /c whoami"),
        logon(7200, "CORP\\user04", 0xDEF, "10.0.0.9"),
        sysmon_start(7201, CMD, PROVIDER, "CORP\\user04", 0xDEF, pid=2, command="cmd.exe /c whoami"),
    )

    assert [s.source_ip for s in stories] == ["10.0.0.5", "10.0.0.9"]


def test_client_port_names_the_process_on_the_source():
    def flow(seconds, host, initiated, **columns):
        return row(
            "network_connection",
            SYSMON,
            3,
            seconds,
            host,
            Initiated=initiated,
            SourceIp="10.0.0.5",
            SourcePort=55275,
            DestinationIp="10.0.0.20",
            DestinationPort=49667,
            **columns,
        )

    (story,) = acting(
        flow(0.1, WKS, True, Image="C:\\Users\\adm\\implant.exe", ProcessId=999, User="CORP\\adm"),
        row(
            "network_connection",
            "Security",
            5156,
            0.1,
            Initiated=False,
            SourceIp="10.0.0.5",
            SourcePort=55275,
            DestinationIp="10.0.0.20",
            DestinationPort=49667,
            Image="svchost.exe",
        ),
        logon(0.2, "CORP\\adm", 0xABC, "10.0.0.5", SourcePort=55275),
        sysmon_start(0.3, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami"),
    )
    (trace,) = story.source_traces

    assert trace.host == WKS
    assert trace.image == "C:\\Users\\adm\\implant.exe"
    assert trace.process_id == 999


def test_output_name_tells_when_the_operator_opened_the_session():
    command = "cmd.exe /Q /c cd \\ 1> \\\\127.0.0.1\\ADMIN$\\__1700000000.123456 2>&1"
    (story,) = acting(sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command=command))

    assert story.session_opened == "2023-11-14T22:13:20Z"


def test_subscription_alone_is_not_an_execution():
    (story,) = acting(
        row(
            "wmi_subscription",
            SYSMON,
            20,
            0,
            Operation="Created",
            User="CORP\\adm",
            Name="Upd",
            ConsumerType="Script",
            Destination="WScript.Echo 1",
        ),
    )

    assert not is_execution(story)


def test_built_in_subscription_is_background_only_with_its_own_consumer_type():
    names = {"Filter": "SCM Event Log Filter", "Consumer": 'NTEventLogEventConsumer="SCM Event Log Consumer"'}
    (good,) = stories_of(row("wmi_activity", "WMI", 5861, 0, ConsumerType="NTEventLogEventConsumer", **names))
    (bad,) = stories_of(row("wmi_activity", "WMI", 5861, 0, ConsumerType="CommandLineEventConsumer", **names))

    assert good.background
    assert not bad.background


def test_registry_write_in_an_ordinary_place_is_no_activity():
    quiet = row(
        "registry_event",
        SYSMON,
        13,
        0,
        Image=PROVIDER,
        TargetObject="HKLM\\SOFTWARE\\Microsoft\\Wbem\\WDM\\x",
    )
    run_key = row(
        "registry_event",
        SYSMON,
        13,
        0,
        Image=PROVIDER,
        TargetObject="HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\upd",
        Details="c:\\x.exe",
    )

    assert acting(quiet) == []
    assert acting(run_key)[0].activities[0].operation == "registry"


def test_stories_do_not_depend_on_the_order_of_rows():
    rows = [
        logon(0, "CORP\\adm", 0xABC, "10.0.0.5"),
        *(
            sysmon_start(i, CMD, PROVIDER, "CORP\\adm", 0xABC, pid=i + 1, command=f"cmd.exe /c echo {i}")
            for i in range(1, 20)
        ),
    ]

    assert stories_of(*rows) == stories_of(*reversed(rows))


def test_activity_without_a_time_is_kept():
    lost = sysmon_start(1, CMD, PROVIDER, "CORP\\adm", 0xABC, command="cmd.exe /c whoami")
    lost["Timestamp"] = None
    (story,) = acting(lost)

    assert story.first is None


def test_no_rows_give_no_stories():
    assert stories_of() == ()


def test_a_file_beside_two_people_does_not_make_them_one_story():
    planted = row("file_event", SYSMON, 11, 2, TargetFilename="C:\\Windows\\System32\\wbem\\wbemcomn.dll")
    stories = acting(
        logon(0, "CORP\\adm01", 0xABC, "10.0.0.5"),
        sysmon_start(1, CMD, PROVIDER, "CORP\\adm01", 0xABC, pid=1, command="cmd.exe /c whoami"),
        planted,
        logon(60, "CORP\\user04", 0xDEF, "10.0.0.9"),
        sysmon_start(61, CMD, PROVIDER, "CORP\\user04", 0xDEF, pid=2, command="cmd.exe /c whoami"),
    )

    assert [story.account.name for story in stories] == ["CORP\\adm01", "CORP\\user04"]
    assert len(stories[0].activities) == 2


def test_files_before_the_child_that_runs_them_are_told_with_it():
    (story,) = acting(
        row("file_event", SYSMON, 11, 0, TargetFilename="C:\\Windows\\System32\\wbem\\wbemcomn.dll"),
        sysmon_start(5, CMD, PROVIDER, "CORP\\adm01", 0xABC, pid=1, command="cmd.exe /c whoami"),
    )

    assert {activity.kind for activity in story.activities} == {Kind.FILE, Kind.CHILD}
