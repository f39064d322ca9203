"""Event logs written by ourselves for the tests of intake; every value is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scenario_writer.evtx import Record, write_log
from scenario_writer.layouts import Envelope, load_layouts

NOON = datetime(2026, 3, 3, 12, 0, 0, tzinfo=UTC)
ANNA_SID = "S-1-5-21-1004336348-1177238915-682003330-1104"

BINDING = """Binding EventFilter:
instance of __EventFilter
{
	CreatorSID = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 220, 244, 220, 59, 131, 61, 43, 70, 130, 139, 166, 40, 80, 4, 0, 0};
	EventNamespace = "root\\\\cimv2";
	Name = "Evening";
	Query = "select * from __InstanceModificationEvent within 60 where TargetInstance isa \\"Win32_LocalTime\\"";
	QueryLanguage = "WQL";
};
Perm. Consumer:
instance of CommandLineEventConsumer
{
	CommandLineTemplate = "C:\\\\Tools\\\\nightly.exe -q \\"a b\\"";
	CreatorSID = {1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 220, 244, 220, 59, 131, 61, 43, 70, 130, 139, 166, 40, 80, 4, 0, 0};
	Name = "Nightly";
};
"""

CONTEXT = (
    "\tDetailSequence=1\r\n\tDetailTotal=1\r\n\r\n\tSequenceNumber=27\r\n\r\n\tUserId=CORP\\user02\r\n"
    "\tHostName=ConsoleHost\r\n\tHostVersion=5.1.1\r\n\tHostId=0a\r\n\tHostApplication=powershell.exe -File a.ps1\r\n"
    "\tEngineVersion=5.1.1\r\n\tRunspaceId=0b\r\n\tPipelineId=3\r\n\tScriptName=\r\n\tCommandLine=Get-Date"
)

EVENTS: tuple[tuple[str, dict[str, object]], ...] = (
    (
        "security.4688v2_long",
        {
            "SubjectUserSid": "S-1-5-20",
            "SubjectUserName": "WS07$",
            "SubjectDomainName": "CORP",
            "SubjectLogonId": 0x3E4,
            "NewProcessId": 0x1A2C,
            "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
            "TokenElevationType": "%%1936",
            "ProcessId": 0x9F0,
            "CommandLine": "cmd.exe /c hostname",
            "TargetUserSid": ANNA_SID,
            "TargetUserName": "user02",
            "TargetDomainName": "CORP",
            "TargetLogonId": 0xC93745,
            "ParentProcessName": "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
            "MandatoryLabel": "S-1-16-12288",
        },
    ),
    (
        "security.4688v1",
        {
            "SubjectUserSid": ANNA_SID,
            "SubjectUserName": "user02",
            "SubjectDomainName": "CORP",
            "SubjectLogonId": 0xC93745,
            "NewProcessId": 0x1A30,
            "NewProcessName": "C:\\Windows\\System32\\hostname.exe",
            "TokenElevationType": "%%1936",
            "ProcessId": 0x1A2C,
        },
    ),
    (
        "security.4624",
        {
            "SubjectUserSid": "S-1-0-0",
            "SubjectUserName": "-",
            "TargetUserSid": ANNA_SID,
            "TargetUserName": "user02",
            "TargetDomainName": "CORP",
            "TargetLogonId": 0xC93745,
            "LogonType": 3,
            "LogonProcessName": "NtLmSsp ",
            "AuthenticationPackageName": "NTLM",
            "LogonGuid": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
            "IpAddress": "::ffff:192.0.2.15",
            "IpPort": "49731",
        },
    ),
    (
        "security.5156",
        {
            "ProcessID": 948,
            "Application": "\\device\\harddiskvolume2\\windows\\system32\\svchost.exe",
            "Direction": "%%14592",
            "SourceAddress": "192.0.2.15",
            "SourcePort": "49731",
            "DestAddress": "192.0.2.7",
            "DestPort": "135",
            "Protocol": 6,
        },
    ),
    (
        "security.4662",
        {
            "ObjectServer": "WMI",
            "ObjectType": "WMI Namespace",
            "ObjectName": "root\\cimv2",
            "AdditionalInfo": "Local Read (ExecQuery)",
            "AdditionalInfo2": "root\\cimv2:select * from Win32_Process",
        },
    ),
    (
        "sysmon.20",
        {
            "EventType": "WmiConsumerEvent",
            "UtcTime": "2026-03-03 11:59:59.250",
            "Operation": "Created",
            "User": "CORP\\user02",
            "Name": ' "Nightly"',
            "Type": "Command Line",
            "Destination": ' "C:\\\\Tools\\\\nightly.exe"',
        },
    ),
    ("sysmon.20", {"UtcTime": "2026-03-03 11:59:59.500", "Operation": "Created"}),
    (
        "wmi_activity.5861",
        {
            "Namespace": "//./root/subscription",
            "ESS": "Evening",
            "CONSUMER": 'CommandLineEventConsumer="Nightly"',
            "PossibleCause": BINDING,
        },
    ),
    (
        "wmi_activity.5859",
        {"NamespaceName": "//./root/cimv2", "Query": "select * from X", "User": ANNA_SID, "Processid": 68},
    ),
    (
        "wmi_activity.5858",
        {
            "ClientMachine": "WS03",
            "User": "CORP\\user02",
            "ClientProcessId": 4711,
            "Operation": "Start IWbemServices::ExecQuery - root\\cimv2 : select * from Win32_Process",
            "ResultCode": 0x8004100E,
        },
    ),
    ("powershell_classic.800", {"Data": ["Get-Date", CONTEXT, "CommandInvocation(Get-Date)"]}),
    (
        "security_eventlog.1102",
        {"SubjectUserSid": ANNA_SID, "SubjectUserName": "user02", "SubjectLogonId": 0xC93745},
    ),
    ("windows_update.19", {"updateTitle": "Update for example"}),
    ("dcom.10016", {"param1": "application-specific"}),
)


def sample_records(count: int = len(EVENTS), first_id: int = 1) -> list[Record]:
    """Records of the events above, over and over, a second apart."""
    layouts = load_layouts()
    made = []
    for number in range(count):
        name, fields = EVENTS[number % len(EVENTS)]
        created = NOON + timedelta(seconds=number)
        envelope = Envelope("WS07.corp.example", first_id + number, created)
        made.append(Record(first_id + number, created, layouts[name].event(envelope, fields)))
    return made


def sample_log(count: int = len(EVENTS), first_id: int = 1) -> bytes:
    """An event log file with that many records."""
    return write_log(sample_records(count, first_id))
