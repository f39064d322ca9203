"""A story and the events around it, made by hand for the actions of T2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detections.pack_events import full_event
from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass, Story
from magistrate.events.evidence import Evidence
from magistrate.sources.normalise import normalise_raw

HOST = "srv01.corp.example"
T0 = datetime(2026, 3, 4, 9, tzinfo=UTC)  # a Wednesday
SID = "S-1-5-21-1-2-3-1105"
SESSION = 0x4F1A2
SUBJECT = {
    "SubjectUserSid": SID,
    "SubjectUserName": "svc-deploy",
    "SubjectDomainName": "CORP",
    "SubjectLogonId": f"0x{SESSION:x}",
}
OTHER = {
    "SubjectUserSid": "S-1-5-21-1-2-3-1200",
    "SubjectUserName": "adm01",
    "SubjectDomainName": "CORP",
    "SubjectLogonId": "0x99",
}


def at(**delta):
    """A time from the first activity, as events write it."""
    return (T0 + timedelta(**delta)).isoformat()


def story(name="T-1", host=HOST, first=T0, minutes=5, source_ip="10.20.5.17", **more):
    """One session on one host."""
    account = Account("CORP\\svc-deploy", SID, SESSION)
    identity = Identity(
        account, OriginClass.REMOTE, Join.EXACT, Confidence.HIGH, "logon id", source_ip=source_ip
    )
    evidence = Evidence("e-act", host, first, "Security", 4688, 7, "Security.evtx")
    activity = Activity(
        id=f"A-{name}",
        kind=Kind.CHILD,
        host=host,
        utc=first,
        operation="process_create",
        methods=(),
        identity=identity,
        evidence=(evidence,),
        **more,
    )
    return Story(
        id=name,
        origin=OriginClass.REMOTE,
        methods=(),
        account=account,
        identity=identity,
        source_ip=source_ip,
        source_host=None,
        target_hosts=(host,),
        transport="DCOM",
        first=first,
        last=None if first is None else first + timedelta(minutes=minutes),
        activities=(activity,),
        accounts=(account,),
    )


_HEAD = frozenset({"Channel", "Provider", "EventID", "EventName", "Computer", "Time", "RecordId", "Version"})


def rows_of_events(*events):
    """Rows of short events: what is not the head of a record is its data; the same event gives the same row."""
    rows = []
    for event in events:
        data = {name: value for name, value in event.items() if name not in _HEAD}
        head = {name: value for name, value in event.items() if name in _HEAD}
        head.setdefault("RecordId", int(datetime.fromisoformat(event["Time"]).timestamp()) % 1_000_000)
        rows.append(normalise_raw(full_event(head | {"data": data}, 0)))
    return rows
