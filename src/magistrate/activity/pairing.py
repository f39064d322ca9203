"""What the source host's own logs show of a remote activity (triage practice 2.1 D, telemetry notes 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, image_name
from magistrate.activity.model import Activity, Kind, OriginClass, SourceTrace
from magistrate.activity.queries import rows_of
from magistrate.activity.rows import evidence_of, moment, number, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.activity.hosts import HostMap
    from magistrate.activity.sessions import Sessions
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store

AROUND = timedelta(seconds=60)
"""Window on the source host around the target's time; measured skew reaches 3.4 s, 60 s leaves room."""


_PAIR_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("source_host", "text"),
    ("target_ip", "text"),
    ("from_time", "timestamp"),
    ("to_time", "timestamp"),
)
DYNAMIC_PORTS = 49152
"""First port of the default dynamic range (telemetry notes 0)."""


def trace_sources(
    store: Store, activities: Sequence[Activity], sessions: Sessions, hosts: HostMap
) -> dict[str, tuple[SourceTrace, ...]]:
    """Find, for each remote activity, the client process on the source host where its logs are in the case.

    The join that names the process is the TCP port: the 4624's IpPort equals the source port of the connection that
    the source host logged. Without it the connection to a dynamic port of the target is taken, RPCSS is not.
    """
    remote = [
        a for a in activities if a.kind is Kind.CHILD and a.identity.origin is OriginClass.REMOTE and a.utc
    ]
    pairs: list[Row] = []
    for activity in remote:
        source = hosts.key_of(activity.identity.source_host)
        if source is None or source not in hosts.hosts or activity.utc is None:
            continue
        pairs += [
            {
                "source_host": source,
                "target_ip": address,
                "from_time": activity.utc - AROUND,
                "to_time": activity.utc + AROUND,
            }
            for address in sorted(hosts.addresses.get(activity.host, frozenset()))
        ]
    if not pairs:
        return {}
    store.register("activity_pair", _PAIR_COLUMNS, pairs)
    flows: dict[str, list[Row]] = {}
    for row in rows_of(store, "outbound_connections"):
        flows.setdefault(str(row["host"]), []).append(row)
    return {a.id: traces for a in remote if (traces := _traces(a, flows, sessions, hosts))}


def _traces(
    activity: Activity, flows: Mapping[str, Sequence[Row]], sessions: Sessions, hosts: HostMap
) -> tuple[SourceTrace, ...]:
    account = activity.identity.account
    logon = sessions.exact(activity.host, account.logon_id if account else None, activity.utc)
    ports = {sibling.port for sibling in sessions.cluster(logon)} - {None, 0} if logon else set()
    source = hosts.key_of(activity.identity.source_host)
    own = hosts.addresses.get(activity.host, frozenset())
    near = [row for row in _near(activity, flows.get(source or "", ())) if text(row, "DestinationIp") in own]
    exact = [row for row in near if number(row, "SourcePort") in ports and _is_client(row)]
    loose = [
        row for row in near if (number(row, "DestinationPort") or 0) >= DYNAMIC_PORTS and _is_client(row)
    ]
    chosen, how = (
        (exact, "source port equals the logon's port") if exact else (loose, "connection to a dynamic port")
    )
    # Sysmon 3 and 5156 tell one connection twice: the first knows the user, the second always knows the process id.
    named: dict[str, list[Row]] = {}
    for row in chosen:
        named.setdefault(image_name(text(row, "Image")), []).append(row)
    return tuple(_trace(rows, how, str(source)) for _, rows in sorted(named.items()))


def _near(activity: Activity, rows: Sequence[Row]) -> Sequence[Row]:
    """Rows around an activity, from rows in order of time."""
    if activity.utc is None:
        return ()
    first, last = activity.utc - AROUND, activity.utc + AROUND
    return rows[bisect_left(rows, first, key=_time) : bisect_right(rows, last, key=_time)]


def _time(row: Row) -> datetime:
    return moment(row) or datetime.max.replace(tzinfo=UTC)


def _is_client(row: Row) -> bool:
    """RPCSS owns the port-135 connection of every client; it names nobody (triage practice fact 7)."""
    return image_name(text(row, "Image")) not in ("svchost.exe", "system", "")


def _trace(rows: Sequence[Row], how: str, host: str) -> SourceTrace:
    best = next((row for row in rows if text(row, "User")), rows[0])
    user = text(best, "User")
    return SourceTrace(
        host=host,
        image=text(best, "Image"),
        process_id=next((pid for row in rows if (pid := number(row, "ProcessId")) is not None), None),
        account=user if account_name(user) else None,
        port=number(best, "SourcePort"),
        how=how,
        evidence=tuple(
            evidence_of(row, "Image", "ProcessId", "SourcePort", "DestinationIp", "DestinationPort")
            for row in rows[:4]
        ),
    )
