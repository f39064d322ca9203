"""Stories made by hand for campaigns and pivots: one act each, on one target, from one source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass, Story
from magistrate.events.evidence import Evidence

T0 = datetime(2026, 3, 4, 9, tzinfo=UTC)
SID = "S-1-5-21-1-2-3-1105"
COMMAND = r"cmd.exe /c C:\Windows\Temp\r{}.bat"


def move(name, source, target, hours=0.0, account=("CORP\\user05", SID), command=None, **facts):
    """A process that `source` started on `target`; `account` is name and SID, or None when nobody knows."""
    who = Account(*account) if account else None
    when = T0 + timedelta(hours=hours)
    identity = Identity(who, OriginClass.REMOTE, Join.EXACT, Confidence.HIGH, "logon id", source_host=source)
    activity = Activity(
        id=f"a-{name}",
        kind=Kind.CHILD,
        host=target,
        utc=when,
        operation="process_create",
        methods=(),
        identity=identity,
        command=command,
        facts=tuple(sorted(facts.items())),
        evidence=(Evidence(f"e-{name}", target, when, "Security", 4688, 7, "Security.evtx"),),
    )
    return Story(
        id=f"s-{name}",
        origin=OriginClass.REMOTE,
        methods=(),
        account=who,
        identity=identity,
        source_ip=None,
        source_host=source,
        target_hosts=(target,),
        transport="DCOM",
        first=when,
        last=when,
        activities=(activity,),
        accounts=(who,) if who else (),
    )


def by_time(_one, _other, first, second):
    """Clocks that agree."""
    return first < second


def unknown(*_):
    """Clocks that were never compared."""
    return
