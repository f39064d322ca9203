"""A realistic case built by hand: a file server driven through WMI by an output-redirecting tool.

Everything in it is invented. It exercises every part of the view: two stories (one background), findings of every
tier (one excused), all answer states, a damaged file, a clock without zone, a masked password.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from magistrate.activity.model import (
    Account,
    Activity,
    Candidate,
    Confidence,
    Identity,
    Join,
    Kind,
    OriginClass,
    SourceTrace,
    Story,
)
from magistrate.answers.answer import Answer, Missing, State
from magistrate.context.model import Context
from magistrate.coverage.model import (
    Capability,
    ChannelCoverage,
    Coverage,
    HostCoverage,
    Proof,
    TamperSign,
)
from magistrate.decision.model import Decision, Disposition, RuleFiring, WouldChange
from magistrate.detections.finding import Finding, Tier
from magistrate.detections.signals import Level, Signal
from magistrate.events.evidence import Evidence, ReadIssue
from magistrate.playbooks.load import load_playbook
from magistrate.playbooks.model import Slip
from magistrate.report.case_file import CaseFile
from magistrate.response.model import (
    CardResult,
    CardState,
    Command,
    RequirementResult,
    RequirementState,
    Response,
    StepResult,
    StepState,
)
from magistrate.sources.base import FileIntake, Intake

HOST = "fs01.corp.example"
SOURCE = "ws23.corp.example"
T0 = datetime(2026, 3, 2, 10, 14, 7, 412_000, tzinfo=UTC)
SECURITY = "Security"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
COMMAND = r"cmd.exe /Q /c whoami 1> \\127.0.0.1\ADMIN$\__1772446445.81 2>&1"
NET_USE = r"cmd.exe /Q /c net use \\dc01\ipc$ /user:CORP\svc_backup Winter12 1> \\127.0.0.1\ADMIN$\__1772446445.81 2>&1"


def evidence(number: int, seconds: float, event_id: int, channel: str, **quoted: str) -> Evidence:
    return Evidence(
        evidence_id=f"{number:016x}",
        host=HOST,
        utc=T0 + timedelta(seconds=seconds),
        channel=channel,
        event_id=event_id,
        record_id=88_000 + number,
        file="fs01/Security.evtx" if channel == SECURITY else "fs01/Sysmon.evtx",
        quoted=tuple(quoted.items()),
    )


CHILD = evidence(
    1, 0, 4688, SECURITY, CommandLine=COMMAND, ParentProcessName=r"C:\Windows\System32\wbem\WmiPrvSE.exe"
)
CHILD_2 = evidence(2, 6, 4688, SECURITY, CommandLine=NET_USE)
LOGON = evidence(
    3, -0.1, 4624, SECURITY, TargetLogonId="0x8a1f42", IpAddress="10.0.5.23", AuthenticationPackageName="NTLM"
)
SHARE = evidence(4, 0.3, 5145, SECURITY, RelativeTargetName="__1772446445.81", IpAddress="10.0.5.23")
SERVICE = evidence(5, -7200, 4688, SECURITY, CommandLine=r"C:\Windows\System32\wbem\WmiPrvSE.exe -Embedding")

IDENTITY = Identity(
    account=Account(r"CORP\user05", "S-1-5-21-111111111-222222222-333333333-1104", 0x8A1F42),
    origin=OriginClass.REMOTE,
    join=Join.EXACT,
    confidence=Confidence.HIGH,
    reason="4688 TargetLogonId equals 4624 TargetLogonId on the same host",
    logon_type=3,
    package="NTLM",
    source_ip="10.0.5.23",
    source_host=SOURCE,
    source_how="4624 WorkstationName",
    transport="DCOM",
    admin=True,
    candidates=(Candidate(r"CORP\user05", "10.0.5.23", "NTLM", 104, LOGON.evidence_id),),
    evidence=(LOGON,),
)


def _activity(
    number: int, when: datetime, command: str, proof: Evidence, background: str | None = None
) -> Activity:
    return Activity(
        id=f"A{number}",
        kind=Kind.CHILD,
        host=HOST,
        utc=when,
        operation="process_create",
        methods=("impacket-wmiexec",) if background is None else (),
        identity=IDENTITY,
        image=r"C:\Windows\System32\cmd.exe"
        if background is None
        else r"C:\Windows\System32\wbem\WmiPrvSE.exe",
        command=command,
        parent=r"C:\Windows\System32\wbem\WmiPrvSE.exe",
        process_id=4_812 + number,
        background=background,
        evidence=(proof,),
    )


STORIES = (
    Story(
        id="S1",
        origin=OriginClass.REMOTE,
        methods=("impacket-wmiexec",),
        account=IDENTITY.account,
        identity=IDENTITY,
        source_ip="10.0.5.23",
        source_host=SOURCE,
        target_hosts=(HOST,),
        transport="DCOM",
        first=T0,
        last=T0 + timedelta(seconds=6),
        activities=(
            _activity(1, T0, COMMAND, CHILD),
            _activity(2, T0 + timedelta(seconds=6), NET_USE, CHILD_2),
        ),
        source_traces=(SourceTrace(SOURCE, None, None, None, 49_731, "4648 towards RPCSS/fs01", ()),),
        session_opened="2026-03-02T10:14:05.810000Z",
        accounts=(IDENTITY.account,),
    ),
    Story(
        id="S2",
        origin=OriginClass.SYSTEM,
        methods=(),
        account=Account(r"NT AUTHORITY\SYSTEM", "S-1-5-18", 0x3E7),
        identity=Identity(
            account=Account(r"NT AUTHORITY\SYSTEM", "S-1-5-18", 0x3E7),
            origin=OriginClass.SYSTEM,
            join=Join.RECORDED,
            confidence=Confidence.HIGH,
            reason="the record names the user",
            evidence=(SERVICE,),
        ),
        source_ip=None,
        source_host=None,
        target_hosts=(HOST,),
        transport="local",
        first=T0 - timedelta(hours=2),
        last=T0 - timedelta(hours=2),
        activities=(
            _activity(3, T0 - timedelta(hours=2), "WmiPrvSE.exe -Embedding", SERVICE, "provider-start"),
        ),
        background=True,
    ),
)

FINDINGS = (
    Finding(
        id="F1",
        code="D1",
        tier=Tier.DECISIVE,
        family="TOOL",
        title="Output-redirecting WMI shell",
        statement=f"cmd.exe under WmiPrvSE.exe on {HOST} sent its output to ADMIN$: {COMMAND}",
        host=HOST,
        utc=T0,
        story_id="S1",
        activity_ids=("A1", "A2"),
        evidence=(CHILD, CHILD_2, SHARE),
        techniques=("T1047", "T1021.003"),
        account=r"CORP\user05",
        source="10.0.5.23",
        waivable=False,
        sources=("Security 4688", "Security 5145"),
    ),
    Finding(
        id="F2",
        code="S3",
        tier=Tier.STRONG,
        family="CRED",
        title="Remote execution over NTLM",
        statement=r"CORP\user05 logged on over NTLM where Kerberos was used before",
        host=HOST,
        utc=T0,
        story_id="S1",
        activity_ids=("A1",),
        evidence=(LOGON,),
        account=r"CORP\user05",
        sources=("Security 4624",),
    ),
    Finding(
        id="F3",
        code="W1",
        tier=Tier.WEAK,
        family="NEW",
        title="First use of this pair",
        statement=f"10.0.5.23 to {HOST} was not seen before in 12.0 days of logs",
        host=HOST,
        utc=T0,
        story_id="S1",
        activity_ids=("A1",),
        evidence=(LOGON,),
        excused_by="KG-014",
        sources=("Security 4624",),
    ),
    Finding(
        id="F4",
        code="M2",
        tier=Tier.MITIGATING,
        family="CONTEXT",
        title="Source is a management host",
        statement=f"{SOURCE} is listed as a management host",
        host=HOST,
        utc=T0,
        story_id="S1",
        activity_ids=("A1",),
        evidence=(LOGON,),
        sources=("Security 4624",),
    ),
)

ANSWERS = (
    Answer(
        "Q1",
        "Is there a legitimate need for WMI activity?",
        State.NO,
        Confidence.HIGH,
        "Need NO, High. Anchors met: M2. Anchors failed: M1, M4. D1 has no legitimate use.",
        (CHILD,),
        ("F1",),
        ("M2",),
        flips_if="the owner of fs01 confirms a test with a ticket",
    ),
    Answer(
        "Q2",
        "Does the user have a history of WMI commands?",
        State.UNKNOWN,
        Confidence.LOW,
        "History too short: 12.0 days covered, 14 needed.",
        limits=("one host only",),
        missing=(
            Missing("older Security log of fs01.corp.example", "wevtutil epl Security C:\\IR\\Security.evtx"),
        ),
        flips_if="30 days of Security log show the pair on three days",
    ),
    Answer(
        "Q3",
        "Are there concurrent alerts or signals?",
        State.UNKNOWN,
        Confidence.LOW,
        f"Source host not examined: {SOURCE} is not in the data.",
        missing=(
            Missing(f"Security and Sysmon logs of {SOURCE}", "wevtutil epl Security C:\\IR\\Security.evtx"),
        ),
    ),
    Answer(
        "Q4",
        "What is the network pattern?",
        State.YES,
        Confidence.MODERATE,
        "10.0.5.23 to fs01.corp.example over DCOM; workstation to server; flow data: absent.",
        (LOGON, SHARE),
        pattern="OUT",
    ),
    Answer(
        "E1",
        "Unauthorised or non-privileged account?",
        State.YES,
        Confidence.HIGH,
        "YES because 4672 stands with the same logon and the account is not in the register.",
        (LOGON,),
        ("F2",),
    ),
    Answer(
        "E2",
        "Correlates with other malicious activity?",
        State.NO,
        Confidence.MODERATE,
        "NO: not observed, coverage proved.",
        (LOGON,),
    ),
    Answer(
        "E3",
        "Lateral movement attempts?",
        State.YES,
        Confidence.HIGH,
        "YES because a type 3 logon and a WmiPrvSE child share logon 0x8a1f42.",
        (CHILD, LOGON),
        ("F1",),
    ),
    Answer(
        "E4",
        "Unusual remote executions?",
        State.CONFLICT,
        Confidence.LOW,
        "CONFLICT: M2 speaks for the source, the shape against it.",
        (CHILD,),
        ("F1", "F4"),
    ),
)

COVERAGE = Coverage(
    hosts=(
        HostCoverage(
            HOST,
            "B",
            "process creation, command line and logon proved; network off",
            (
                ChannelCoverage(
                    HOST, SECURITY, 41_207, T0 - timedelta(days=12), T0 + timedelta(hours=3), 912.5
                ),
                ChannelCoverage(HOST, SYSMON, 0, None, None, None, state="empty"),
                ChannelCoverage(
                    HOST, "System", 1_204, T0 - timedelta(days=30), T0, 7_200.0, ((501, 519),), 19
                ),
            ),
            (
                Capability(
                    HOST,
                    "process_creation",
                    Proof.ON,
                    "4688 within 15 minutes of the alert",
                    "auditpol /set ...",
                    (CHILD.evidence_id,),
                ),
                Capability(
                    HOST, "command_line", Proof.ON, "4688 with a command line", "policy", (CHILD.evidence_id,)
                ),
                Capability(HOST, "actor_logon_id", Proof.ON, "4688 version 2", "-"),
                Capability(HOST, "logon", Proof.ON, "4624 in the window", "-", (LOGON.evidence_id,)),
                Capability(
                    HOST, "special_logon", Proof.PARTIAL, "4672 seen, not for this session", "auditpol"
                ),
                Capability(
                    HOST,
                    "wmi_activity",
                    Proof.UNKNOWN,
                    "channel not in the data",
                    "collect WMI-Activity/Operational",
                ),
                Capability(
                    HOST,
                    "network",
                    Proof.OFF,
                    "no Sysmon 3 and no 5156",
                    "auditpol /set /subcategory:{0CCE9226-69AE-11D9-BED3-505054503030}",
                ),
            ),
        ),
        HostCoverage(SOURCE, "D", "no log of this host in the data", (), ()),
    ),
    tamper=(
        TamperSign(
            HOST,
            T0 + timedelta(minutes=20),
            "Security log cleared (1102)",
            "an administrator may clear a log by policy",
            (SHARE.evidence_id,),
        ),
    ),
    lost_records=19,
    first=T0 - timedelta(days=30),
    last=T0 + timedelta(hours=3),
)

INTAKE = Intake(
    files=(
        FileIntake(
            "fs01/Security.evtx",
            "a" * 64,
            20_975_616,
            "evtx",
            41_226,
            41_207,
            0,
            0,
            19,
            0,
            0,
            None,
            ("chunk 14 has no valid header",),
        ),
        FileIntake("fs01/Sysmon.evtx", "b" * 64, 69_632, "evtx", reason="0 records"),
        FileIntake(
            "fs01/pointer.evtx",
            "c" * 64,
            130,
            "pointer",
            reason="a Git LFS pointer, the log itself is missing",
        ),
        FileIntake("fs01/System.evtx", "d" * 64, 1_118_208, "evtx", 1_204, 1_204),
    ),
    issues=(
        ReadIssue(
            "fs01/Security.evtx",
            "chunk",
            "no valid header",
            19,
            "chunk 14",
            None,
            "Copy the file again, or go on: coverage shows the gap.",
        ),
    ),
    notes=("3 records carried a time without a zone; UTC was assumed.",),
)

DECISION = Decision(
    disposition=Disposition.ESCALATE_INCIDENT,
    severity="SEV2",
    severity_reason="decisive finding on a server",
    confidence="High",
    rule="R1",
    deciding=("F1",),
    against=("F4",),
    firings=(
        RuleFiring("R0", "Integrity", True, False, ("1102 within 30 minutes",)),
        RuleFiring("R1", "Decisive finding", True, True, ("F1 D1 is not waivable",)),
        RuleFiring("R8", "Close gate", False, False, ("Q1 is NO", "F1 is unexcused")),
    ),
    unknowns=(f"source host {SOURCE} not examined", "history of the account: 12.0 of 14 days"),
    would_change=(
        WouldChange("a test ticket names fs01 and user05", "ask the change board", Disposition.CLOSE_TEST),
        WouldChange(
            "the Security log of ws23 shows no client",
            "wevtutil epl Security C:\\IR\\Security.evtx",
            Disposition.ESCALATE_REVIEW,
        ),
    ),
    deadline_minutes=30,
)

RESPONSE = Response(
    l1_steps=(
        StepResult(
            "L1-1", "P20", "Verify the commands and their context", StepState.DONE,
            "Two commands read; parent WmiPrvSE.exe.", "know what ran",
            (Command("ask the owner of fs01", "Did user05 run this on fs01?\nWhich ticket?"),), "the owner has answered",
            (CHILD.evidence_id,),
        ),
        StepResult("L1-2", "P21", "Correlate other logs", StepState.NOT_ANSWERABLE, "Source host not examined.",
                   "find neighbours", (), "both ends are looked at", ()),
    ),
    t2_steps=(
        StepResult("T2-1", "P24", "User history", StepState.PARTLY, "History too short.", "tell normal from new",
                   (Command("export 30 days", "wevtutil epl Security C:\\IR\\Security.evtx"),), "30 days are covered", ()),
    ),
    containment=(
        CardResult(
            "C1", "isolate_host", "P28", 1, "Isolate a host", CardState.PLANNED, "fs01 holds a decisive finding.",
            HOST, "stop further execution", "confirm with the owner: server",
            "POST /api/machines/<id>/isolate\n# comment: case", "file shares of fs01 stop",
            "Test-NetConnection fs01 -Port 445", "POST /api/machines/<id>/unisolate", "live sockets", "SOC lead", True,
            (CHILD.evidence_id,),
        ),
    ),
    requirements=tuple(
        RequirementResult(
            f"P{number}", "Key Indicators", f"sentence {number} of the playbook",
            RequirementState.ANSWERED if number % 3 else RequirementState.PARTLY, f"result {number}",
            (CHILD.evidence_id,) if number % 3 else (), ("indicator:D1", "question:Q1"),
        )
        for number in range(1, 32)
    ),
)  # fmt: skip
FAILURE = evidence(6, -17, 4625, SECURITY, TargetUserName="user05", IpAddress="10.0.5.23")
SIGNAL = Signal(
    id="sig-1", rule="logon_failures", title="Logon failures before success",
    statement="6 failed logons from 10.0.5.23", level=Level.MEDIUM, technique="T1110", tactic="Credential Access",
    host=HOST, utc=FAILURE.utc, last=FAILURE.utc, account=r"CORP\user05", account_sid=None, logon_id=None,
    source_ip="10.0.5.23", count=6, evidence=(FAILURE,),
)  # fmt: skip
PLAYBOOK = load_playbook("t1047").model_copy(
    update={
        "slips": (
            Slip(id="sysmon_11", says="Sysmon 11 shows WMI command lines", fact="Sysmon 11 is file creation",
                 both="Both were read.", source="Sysmon documentation"),
            Slip(id="wbemtool", says="wbemtool.exe", fact="No such Windows program", both="Both names were searched.",
                 source="observation"),
        )
    }
)  # fmt: skip


def sample_case() -> CaseFile:
    """The wmiexec case: ESCALATE-INCIDENT by R1."""
    return CaseFile(
        playbook=PLAYBOOK, intake=INTAKE, coverage=COVERAGE, stories=STORIES, findings=FINDINGS,
        signals=(SIGNAL,),
        answers=ANSWERS, decision=DECISION, response=RESPONSE,
        context=Context(source="site.yml", zone="Europe/Berlin", management=(SOURCE,)),
        inputs=("fs01",), version="0.1.0",
    )  # fmt: skip


def quiet_case() -> CaseFile:
    """A case without WMI activity: NOT-OBSERVED."""
    decision = replace(
        DECISION, disposition=Disposition.NOT_OBSERVED, severity=None, severity_reason="nothing is escalated",
        confidence="Moderate", rule="R9", deciding=(), against=(), unknowns=(), would_change=(), firings=(),
    )  # fmt: skip
    return replace(sample_case(), stories=STORIES[1:], findings=(), answers=(), signals=(), decision=decision)


def hostile_case(text: str) -> CaseFile:
    """The wmiexec case with an attacker's text in every place that holds recorded text."""
    proof = replace(
        CHILD, quoted=(("CommandLine", text), ("User", "CORP\\" + text)), file=text, host=text, channel=text
    )
    account = Account("CORP\\" + text, text, 0x8A1F42)
    identity = replace(
        IDENTITY, account=account, source_host=text, source_ip=text, reason=text, evidence=(proof,)
    )
    activity = replace(STORIES[0].activities[0], command=text, decoded=text, image=text, parent=text, host=text,
                       targets=(text,), identity=identity, evidence=(proof,))  # fmt: skip
    story = replace(STORIES[0], account=account, identity=identity, source_host=text, source_ip=text,
                    target_hosts=(text,), activities=(activity,))  # fmt: skip
    finding = replace(
        FINDINGS[0], statement=f"Command {text}", host=text, account=text, source=text, evidence=(proof,)
    )
    answer = replace(ANSWERS[0], text=f"Because {text}", evidence=(proof,))
    host = replace(COVERAGE.hosts[0], host=text)
    intake = replace(INTAKE, files=(replace(INTAKE.files[0], file=text, reason=text),))
    return replace(sample_case(), stories=(story,), findings=(finding,), answers=(answer,), intake=intake,
                   coverage=replace(COVERAGE, hosts=(host,)), inputs=(text,))  # fmt: skip
