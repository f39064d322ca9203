"""Benign look-alikes of WMI abuse: they stay quiet, or are named as candidates of at most medium level.

Each case renders one row of the list of known look-alikes with synthetic records of our own.
"""

from __future__ import annotations

import pytest
from tests.detections.pack_events import store_of

from magistrate.detections.signals import find_signals

PRV = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
SVCHOST = "C:\\Windows\\System32\\svchost.exe"
SYSTEM = "NT AUTHORITY\\SYSTEM"


def started(image, command, parent=PRV, user=SYSTEM, logon="0x3e7"):
    data = {"Image": image, "CommandLine": command, "ParentImage": parent, "User": user, "LogonId": logon}
    return {"Channel": "Sysmon", "EventID": 1, "data": data}


def wmi(event_id, **data):
    return {"Channel": "WMI-Activity", "EventID": event_id, "data": data}


def logon(kind="3", **data):
    return {"Channel": "Security", "EventID": 4624, "data": {"LogonType": kind, **data}}


def consumer(name, kind, payload):
    data = {
        "EventType": "WmiConsumerEvent", "Operation": "Created", "User": SYSTEM, "Name": name, "Type": kind,
        "Destination": payload,
    }  # fmt: skip
    return {"Channel": "Sysmon", "EventID": 20, "data": data}


LOOKALIKES = {
    "wmi-host-idle": [
        started(PRV, f"C:\\Windows\\system32\\wbem\\wmiprvse.exe {options}", SVCHOST, user, logon_id)
        for options, user, logon_id in (
            ("-Embedding", SYSTEM, "0x3e7"),
            ("-secured -Embedding", "NT AUTHORITY\\NETWORK SERVICE", "0x3e4"),
            ("-Embedding", "NT AUTHORITY\\LOCAL SERVICE", "0x3e5"),
        )
    ],
    "wmi-self-spawn": [started(PRV, "wmiprvse.exe -Embedding")],
    "wmi-werfault": [started("C:\\Windows\\System32\\WerFault.exe", "WerFault.exe -u -p 2210 -s 300")],
    "sysmon-own-subscription": [
        wmi(
            5860,
            NamespaceName="ROOT\\Subscription",
            Query="SELECT * FROM __InstanceOperationEvent WITHIN  5WHERE TargetInstance ISA '__EventConsumer'",
            User=SYSTEM,
            PossibleCause="Temporary",
        )
    ],
    "wsmprovhost-watch": [
        wmi(
            5860,
            NamespaceName="ROOT\\CIMV2",
            Query="SELECT * FROM Win32_ProcessStartTrace WHERE ProcessName = 'wsmprovhost.exe'",
            User=SYSTEM,
            PossibleCause="Temporary",
        )
    ],
    "scm-event-log-consumer": [
        wmi(
            5861,
            Namespace="//./root/subscription",
            ESS="SCM Event Log Filter",
            CONSUMER='NTEventLogEventConsumer="SCM Event Log Consumer"',
            PossibleCause='Binding EventFilter: instance of __EventFilter{Name = "SCM Event Log Filter"; Query = "select * from MSFT_SCMEventLogEvent";}; Perm. Consumer: instance of NTEventLogEventConsumer{Name = "SCM Event Log Consumer";};',
        )
    ],
    "bvt-consumer": [
        consumer("BVTConsumer", "Command Line", "cscript KernCap.vbs"),
        wmi(
            5861,
            Namespace="//./root/subscription",
            ESS="BVTFilter",
            CONSUMER='CommandLineEventConsumer="BVTConsumer"',
            PossibleCause='Binding EventFilter: instance of __EventFilter{Name = "BVTFilter";}; Perm. Consumer: instance of CommandLineEventConsumer{CommandLineTemplate = "cscript KernCap.vbs"; Name = "BVTConsumer"; WorkingDirectory = "C:\\\\tools\\\\kernrate";};',
        ),
    ],
    "dell-consumers": [
        consumer("DSM Event Log Consumer", "NT Event Log", "Server Administrator"),
        consumer("DellCommandPowerManagerPolicyChangeEventConsumer", "Script", "policy.Refresh()"),
    ],
    "hp-wbem": [
        started("C:\\Program Files\\HPWBEM\\Tools\\hpsum_swdiscovery.exe", "hpsum_swdiscovery.exe -o")
    ],
    "lenovo-consumers": [consumer("LenovoBatteryConsumer", "NT Event Log", "Lenovo")],
    "rsop-failures": [
        wmi(
            5858,
            ClientMachine="SRV01",
            User=SYSTEM,
            ClientProcessId="900",
            Operation="Start IWbemServices::DeleteInstance - Root\\Rsop\\Computer : RSOP_ExtensionStatus.extensionGuid",
            ResultCode="0x80041002",
            PossibleCause="Unknown",
        )
    ],
    "enum-cancelled": [
        wmi(
            5858,
            ClientMachine="SRV01",
            User="CORP\\svc_inv",
            ClientProcessId="900",
            Operation="Start IWbemServices::ExecQuery - root\\cimv2 : SELECT * FROM Win32_Service",
            ResultCode="0x80041032",
            PossibleCause="Unknown",
        )
    ],
    "dsc-inventory": [
        wmi(
            5857,
            ProviderName=name,
            Code="0x0",
            HostProcess="wmiprvse.exe",
            ProcessID="2210",
            ProviderPath="%systemroot%\\system32\\wbem\\p.dll",
        )
        for name in ("dsccore", "deploymentprovider", "dnsclientcim", "CIMWin32", "SppProvider", "BcdProv")
    ],
    "sccm-client": [
        started("C:\\Windows\\CCM\\Ccm32BitLauncher.exe", "Ccm32BitLauncher.exe a.exe"),
        started(
            "C:\\Windows\\System32\\wbem\\mofcomp.exe", "mofcomp.exe -autorecover C:\\Windows\\CCM\\a.mof"
        ),
        started(
            "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe",
            "csc.exe /noconfig @C:\\Windows\\TEMP\\a.cmdline",
        ),
        started(
            "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            "powershell.exe -NoLogo -NoProfile -ExecutionPolicy Bypass -File C:\\Windows\\CCM\\SystemTemp\\a.ps1",
            "C:\\Windows\\CCM\\CcmExec.exe",
        ),
    ],
    "sccm-client-push": [
        logon(TargetUserName="svc_push", TargetLogonId="0x7000", IpAddress="10.20.0.9"),
        {
            "Channel": "Security",
            "EventID": 5145,
            "data": {
                "SubjectUserName": "svc_push",
                "SubjectLogonId": "0x7000",
                "IpAddress": "10.20.0.9",
                "ShareName": "\\\\*\\ADMIN$",
                "RelativeTargetName": "ccmsetup\\ccmsetup.exe",
                "AccessMask": "0x17019f",
            },
        },
        {
            "Channel": "System",
            "EventID": 7045,
            "data": {
                "ServiceName": "ccmsetup",
                "ImagePath": "C:\\Windows\\ccmsetup\\ccmsetup.exe /runservice",
                "AccountName": "LocalSystem",
            },
        },
    ],
    "intune": [
        started(
            "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            'powershell.exe -NoProfile -executionPolicy bypass -file "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\Policies\\Scripts\\a.ps1"',
            "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\AgentExecutor.exe",
        )
    ],
    "scom-mma": [
        started(
            "C:\\Windows\\System32\\cscript.exe",
            'cscript.exe /nologo "C:\\Program Files\\Microsoft Monitoring Agent\\Agent\\Health Service State\\a.vbs"',
            "C:\\Program Files\\Microsoft Monitoring Agent\\Agent\\MonitoringHost.exe",
        )
    ],
    "azure-guest": [
        started(
            "C:\\WindowsAzure\\GuestAgent_2.7\\CollectGuestLogs.exe",
            "CollectGuestLogs.exe -Mode:ga",
            "C:\\WindowsAzure\\GuestAgent_2.7\\WaAppAgent.exe",
        )
    ],
    "aws-ssm": [
        started(
            "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            "powershell.exe -NoProfile -File C:\\ProgramData\\Amazon\\SSM\\a.ps1",
            "C:\\Program Files\\Amazon\\SSM\\ssm-document-worker.exe",
        )
    ],
    "prtg": [logon(TargetUserName="svc_prtg", TargetLogonId="0x7000", IpAddress="10.20.0.30")],
    "solarwinds-nagios-zabbix-datadog": [
        logon(
            TargetUserName="svc_mon",
            TargetLogonId=f"0x700{number}",
            IpAddress="10.20.0.31",
            LogonProcessName="NtLmSsp",
        )
        for number in range(6)
    ],
    "lansweeper-pdq-spiceworks": [
        logon(TargetUserName="svc_scan", TargetLogonId="0x7000", IpAddress="10.20.0.32"),
        started(
            "C:\\Windows\\System32\\cmd.exe",
            "cmd.exe /c ver > C:\\Windows\\Temp\\lansweeper.txt",
            user="CORP\\svc_scan",
            logon="0x7000",
        ),
    ],
    "nessus": [
        started(
            "C:\\Windows\\System32\\cmd.exe",
            "cmd /c sc config RemoteRegistry start= demand",
            user="CORP\\svc_scan",
            logon="0x7000",
        ),
        started(
            "C:\\Windows\\System32\\cmd.exe",
            "cmd /c echo tenable_mw_scan > C:\\Windows\\Temp\\nessus_1.txt",
            user="CORP\\svc_scan",
            logon="0x7000",
        ),
    ],
    "msi-repair": [
        started(
            "C:\\Windows\\System32\\msiexec.exe",
            "msiexec.exe /i {0f8fad5b-d9cb-469f-a165-70867728950e} REBOOT=ReallySuppress /qn",
        )
    ],
    "iis-appcmd": [started("C:\\Windows\\System32\\inetsrv\\appcmd.exe", "appcmd.exe uninstall module a")],
    "powercfg": [started("C:\\Windows\\System32\\powercfg.exe", "powercfg.exe /setactive a")],
    "mofcomp-autorecover": [
        started(
            "C:\\Windows\\System32\\wbem\\mofcomp.exe",
            "mofcomp.exe C:\\Windows\\System32\\wbem\\vendor.mof",
            "C:\\Windows\\System32\\msiexec.exe",
        ),
        started(
            "C:\\Windows\\System32\\wbem\\mofcomp.exe",
            "mofcomp.exe ZTITatoo.mof",
            "C:\\Windows\\System32\\cscript.exe",
        ),
    ],
    "gpo-wmi-filter": [
        wmi(
            5858,
            ClientMachine="SRV01",
            User=SYSTEM,
            ClientProcessId="900",
            Operation="Start IWbemServices::ExecQuery - ROOT\\CIMV2 : SELECT * FROM Win32_OperatingSystem",
            ResultCode="0x80041032",
            PossibleCause="Unknown",
        )
    ],
    "local-authz-logon": [
        logon(
            TargetUserName="user05",
            TargetLogonId="0x5000",
            LogonProcessName="Authz   ",
            ProcessName=SVCHOST,
            SubjectUserSid="S-1-5-18",
            IpAddress="-",
            ImpersonationLevel="%%1832",
        )
    ],
    "admin-wmic-local": [
        started(
            "C:\\Windows\\System32\\wbem\\WMIC.exe",
            f"wmic {alias} get /value",
            "C:\\Windows\\System32\\cmd.exe",
            "CORP\\adm01",
            "0x6000",
        )
        for alias in ("csproduct", "bios", "os", "qfe", "logicaldisk")
    ],
    "backup-vss": [
        started(
            "C:\\Program Files\\Backup\\agent.exe",
            "agent.exe --job nightly",
            "C:\\Windows\\System32\\services.exe",
        ),
        started(
            "C:\\Windows\\System32\\vssadmin.exe",
            "vssadmin delete shadows /shadow={0f8fad5b-d9cb-469f-a165-70867728950e} /quiet",
            "C:\\Program Files\\Backup\\agent.exe",
        ),
    ],
}
QUIET = set(LOOKALIKES) - {"bvt-consumer", "dell-consumers", "sccm-client-push", "backup-vss"}


def signals_of(name):
    with store_of(*LOOKALIKES[name]) as store:
        return find_signals(store)


def test_every_known_lookalike_has_a_case():
    assert len(LOOKALIKES) == 31


@pytest.mark.parametrize("name", sorted(QUIET))
def test_a_lookalike_stays_quiet(name):
    assert signals_of(name) == ()


@pytest.mark.parametrize("name", sorted(set(LOOKALIKES) - QUIET))
def test_a_lookalike_that_is_named_is_only_a_candidate(name):
    found = signals_of(name)

    assert found
    assert not any(signal.is_high for signal in found)
