"""Small cases for the tests of answers and of the decision: stories, findings, signals, coverage, event rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from magistrate.activity.hosts import map_hosts
from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass, Story
from magistrate.answers.inquiry import Inquiry
from magistrate.context.model import Context, KnownGood
from magistrate.coverage.model import Capability, ChannelCoverage, Coverage, HostCoverage, Proof
from magistrate.detections.finding import Finding, Tier
from magistrate.detections.signals import Level, Signal
from magistrate.events.evidence import Evidence
from magistrate.playbooks.load import load_playbook
from magistrate.store.duckdb import DuckDBStore

T0 = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
TARGET = "srv01.corp.example"
SOURCE = "ws23.corp.example"
SOURCE_IP = "10.0.5.23"
SID = "S-1-5-21-1111111111-2222222222-3333333333-1104"
USER = "CORP\\user05"
LOGON = 0x8A1F42
SECURITY = "Security"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
_TIERS = {"D": Tier.DECISIVE, "S": Tier.STRONG, "W": Tier.WEAK, "M": Tier.MITIGATING}


def evidence(name, host=TARGET, seconds=0.0, event_id=4688, channel=SECURITY):
    return Evidence(name, host, T0 + timedelta(seconds=seconds), channel, event_id, 1, "test.evtx")


def identity(origin=OriginClass.REMOTE, account=USER, sid=SID, admin=None, join=Join.EXACT, **values):
    known = Account(account, sid, LOGON) if account else None
    confidence = Confidence.HIGH if join is Join.EXACT else Confidence.LOW
    return Identity(
        known,
        origin,
        join,
        confidence,
        "test",
        admin=admin,
        evidence=(evidence("logon", event_id=4624),),
        **values,
    )


def activity(
    name="act",
    seconds=0.0,
    host=TARGET,
    operation="process_create",
    command="cmd.exe /c hostname",
    who=None,
    **values,
):
    kind = values.pop("kind", Kind.CHILD)
    return Activity(
        f"a-{name}", kind, host, T0 + timedelta(seconds=seconds), operation, (), who or identity(), command=command,
        evidence=(evidence(name, host, seconds),), **values,
    )  # fmt: skip


def story(
    name="1",
    who=None,
    acts=None,
    seconds=0.0,
    source_ip=SOURCE_IP,
    source_host=SOURCE,
    targets=(TARGET,),
    **values,
):
    who = who or identity()
    remote = who.origin is OriginClass.REMOTE or bool(who.candidates)
    acts = acts or (activity(f"act{name}", seconds, who=who, **values),)
    times = [act.utc for act in acts]
    return Story(
        f"s-{name}", who.origin, (), who.account, who, source_ip if remote else None, source_host if remote else None,
        targets, "DCOM" if remote else "local", min(times), max(times), tuple(acts),
        accounts=(who.account,) if who.account else (),
    )  # fmt: skip


def finding(code, story_id="s-1", **values):
    base = Finding(
        f"F-{code}", code, _TIERS[code[0]], values.pop("family", code), code, code, TARGET, T0, story_id, ("a-1",),
        (evidence(f"find-{code}"),), account=USER, waivable=code not in ("D1", "D5", "D7", "D8"), sources=("Security",),
    )  # fmt: skip
    return replace(base, **values)


def signal(
    level=Level.HIGH,
    rule="account_created",
    seconds=60.0,
    host=TARGET,
    tactic="persistence",
    account=USER,
    **values,
):
    proof = evidence(f"signal-{rule}", host, seconds, 4720)
    when = T0 + timedelta(seconds=seconds)
    return Signal(
        f"g-{rule}", rule, rule, rule, level, "T1136", tactic, host, when, when, account, None, None,
        values.pop("source_ip", None), 1, values.pop("evidence", (proof,)), **values,
    )  # fmt: skip


def coverage(grades=None, **values):
    grades = {TARGET: "A", SOURCE: "A"} if grades is None else grades
    names = ("process_creation", "command_line", "logon", "special_logon")
    hosts = tuple(
        HostCoverage(
            host, grade, "test", (ChannelCoverage(host, SECURITY, 500, T0 - timedelta(days=60), T0, 60.0),),
            tuple(Capability(host, n, Proof.ON if grade in "AB" else Proof.UNKNOWN, "", "") for n in names),
        )
        for host, grade in sorted(grades.items())
    )  # fmt: skip
    return Coverage(hosts, first=T0 - timedelta(days=60), last=T0 + timedelta(hours=2), **values)


def event(category, event_id, seconds, host=TARGET, channel=SECURITY, **columns):
    """One stored row; its evidence id names host, event and time."""
    name = columns.pop("evidence_id", f"{category[:12]}-{host[:6]}-{event_id}-{seconds:g}")
    return {
        "evidence_id": name, "Timestamp": T0 + timedelta(seconds=seconds), "host": host, "Channel": channel,
        "EventID": event_id, "RecordId": 1, "category": category, "file": "test.evtx", "file_sha256": "0" * 64,
        "locator": name, "raw": "{}", **columns,
    }  # fmt: skip


def process(days_before, user=USER, sid=SID, host=TARGET, **columns):
    """A process start, whole days before the scene."""
    name = f"p-{host[:5]}-{user[-4:]}-{days_before:g}-{columns.get('Image', 'x')[-8:]}"
    columns.setdefault("Image", r"C:\Windows\System32\svchost.exe")
    return event(
        "process_creation",
        4688,
        -days_before * 86_400,
        host,
        User=user,
        UserSid=sid,
        evidence_id=name,
        **columns,
    )


def recording(hosts=(TARGET, SOURCE)):
    """Rows that prove that the hosts recorded process starts and logons for 60 days."""
    rows = []
    for host in hosts:
        rows += [process(day, "NT AUTHORITY\\SYSTEM", "S-1-5-18", host) for day in (*range(60, 0, -5), 0.01)]
        rows.append(event("logon", 4624, -900, host, User="CORP\\other", LogonType=2, TargetLogonId=5))
    return rows


def registered(**values):
    base = KnownGood(
        "KG-1", "discovery", SID, (SOURCE_IP,), "cmd /c hostname", "owner", "lead", datetime(2026, 12, 1, tzinfo=UTC).date()
    )  # fmt: skip
    return replace(base, **values)


def site(**values):
    return Context(source="site.yml", **values)


def inquire(stories=None, findings=(), signals=(), cover=None, context=None, rows=None):
    """An inquiry over a case; recorded hosts are those of the rows."""
    store = DuckDBStore.in_memory(recording() if rows is None else rows)
    context = context or Context()
    return Inquiry(
        store, load_playbook("t1047"), (story(),) if stories is None else tuple(stories), tuple(findings), tuple(signals),
        coverage() if cover is None else cover, context, map_hosts(store, context),
    )  # fmt: skip
