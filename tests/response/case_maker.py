"""Small hand-made cases: one remote WMI execution on a server, with parts to vary."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass, Story
from magistrate.answers.answer import Answer, State
from magistrate.context.model import AccountPurpose, Asset, Context
from magistrate.coverage.model import Capability, ChannelCoverage, Coverage, HostCoverage, Proof
from magistrate.decision import Decision, Disposition
from magistrate.detections.finding import Finding, Tier
from magistrate.events.evidence import Evidence
from magistrate.playbooks.load import load_playbook
from magistrate.response import Response, prepare_response

T0 = datetime(2024, 3, 12, 10, 0, tzinfo=UTC)
CAPABILITIES = (
    "process_creation",
    "command_line",
    "actor_logon_id",
    "logon",
    "special_logon",
    "wmi_activity",
    "subscription",
    "namespace_audit",
    "powershell",
    "share_detail",
    "network",
)
ALICE = Account("CORP\\user03", "S-1-5-21-1-2-3-1104", 0xABC)


def evidence(number: int, host: str = "srv01.corp.example", minutes: int = 0) -> Evidence:
    when = T0 + timedelta(minutes=minutes)
    return Evidence(f"{number:016x}", host, when, "Security", 4688, number, "Security.evtx")


def identity(account: Account | None = ALICE, **changes) -> Identity:
    made = Identity(
        account,
        OriginClass.REMOTE,
        Join.EXACT,
        Confidence.HIGH,
        "logon id",
        evidence=(evidence(2),),
        admin=True,
    )
    return replace(made, **changes)


def activity(number: int = 1, **changes) -> Activity:
    made = Activity(
        id=f"a{number}",
        kind=Kind.CHILD,
        host="srv01.corp.example",
        utc=T0 + timedelta(minutes=number),
        operation="process_create",
        methods=("wmi-process-create",),
        identity=identity(),
        image="C:\\Windows\\System32\\cmd.exe",
        command="cmd.exe /c whoami",
        evidence=(evidence(number, minutes=number),),
    )
    return replace(made, **changes)


def story(*activities: Activity, **changes) -> Story:
    chosen = activities or (activity(),)
    made = Story(
        id="s1",
        origin=OriginClass.REMOTE,
        methods=("wmi-process-create",),
        account=chosen[0].identity.account,
        identity=chosen[0].identity,
        source_ip="10.0.0.7",
        source_host="ws07.corp.example",
        target_hosts=("srv01.corp.example",),
        transport="DCOM",
        first=T0,
        last=T0 + timedelta(minutes=5),
        activities=chosen,
    )
    return replace(made, **changes)


def finding(code: str = "D1", **changes) -> Finding:
    made = Finding(
        id=f"f-{code}",
        code=code,
        tier=Tier(code[0]),
        family="TEST",
        title=f"finding {code}",
        statement="it happened",
        host="srv01.corp.example",
        utc=T0,
        story_id="s1",
        activity_ids=("a1",),
        evidence=(evidence(1),),
    )
    return replace(made, **changes)


def answers(state: State = State.UNKNOWN, **states: State) -> tuple[Answer, ...]:
    codes = ("Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3", "E4")
    return tuple(
        Answer(
            c,
            f"question {c}",
            states.get(c, state),
            Confidence.LOW,
            f"text of {c}.",
            evidence=(evidence(30),),
        )
        for c in codes
    )


def coverage(
    proof: Proof = Proof.ON, *hosts: str, channels: tuple[str, ...] = ("Security",), **proofs: Proof
) -> Coverage:
    names = hosts or ("srv01.corp.example", "ws07.corp.example")
    return Coverage(
        tuple(
            HostCoverage(
                host,
                "A",
                "all there",
                tuple(ChannelCoverage(host, channel, 100, T0, T0, 1.0) for channel in channels),
                tuple(
                    Capability(host, name, proofs.get(name, proof), "seen", "enable it")
                    for name in CAPABILITIES
                ),
            )
            for host in names
        )
    )


def decision(disposition: Disposition = Disposition.ESCALATE_INCIDENT, *deciding: str) -> Decision:
    return Decision(disposition, "SEV2", "reason", "High", "R1", deciding, (), (), (), ())


@dataclass
class Case:
    """Arguments of prepare_response with defaults."""

    stories: tuple[Story, ...] = field(default_factory=lambda: (story(),))
    findings: tuple[Finding, ...] = field(default_factory=lambda: (finding(),))
    answers: tuple[Answer, ...] = field(default_factory=answers)
    coverage: Coverage = field(default_factory=coverage)
    context: Context = field(default_factory=Context)
    decision: Decision = field(default_factory=lambda: decision(Disposition.ESCALATE_INCIDENT, "f-D1"))

    def respond(self) -> Response:
        return prepare_response(
            load_playbook("t1047"),
            self.stories,
            self.findings,
            self.answers,
            self.coverage,
            self.context,
            self.decision,
        )


def nothing(disposition: Disposition = Disposition.NOT_OBSERVED, **changes) -> Case:
    made = Case(
        stories=(), findings=(), answers=answers(State.NOT_APPLICABLE), decision=decision(disposition)
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


SITE = Context(
    source="site.yml",
    assets=(
        Asset("srv01.corp.example", role="server", tier=1),
        Asset("ws07.corp.example", addresses=("10.0.0.7",), role="workstation", tier=2),
    ),
    accounts=(AccountPurpose("CORP\\svc_inv", purpose="inventory"),),
    management=("10.0.0.50",),
)
"""A site that describes both hosts of the case, so that its targets are open."""


def described(**changes) -> Case:
    """A case of a described site."""
    return Case(context=SITE, **changes)
