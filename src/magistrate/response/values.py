"""The named values of a case that the texts of steps and requirements are filled with.

The names are documented under `values` in the playbook; a test holds both lists together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.model import Kind
from magistrate.context.lookup import zone_of
from magistrate.detections.finding import Finding, Tier
from magistrate.response.material import Material, evidence_ids
from magistrate.response.wording import some, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from magistrate.activity.model import Activity

_QUESTIONS = ("Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3", "E4")
UNKNOWN_RIGHTS = "not known"
_CHANGE_CODES = ("S8", "S9", "S13", "D3", "D4", "D5")


def case_values(material: Material) -> dict[str, str]:
    """Every documented value of a case, as text."""
    return {
        **_activity_values(material),
        **_command_values(material),
        **_trace_values(material),
        **_account_values(material),
        **_network_values(material),
        **_finding_values(material),
        **_coverage_values(material),
        **{code.lower(): _state(material, code) for code in _QUESTIONS},
    }


def _state(material: Material, code: str) -> str:
    answer = material.answer(code)
    return answer.state.value if answer else "not asked"


def _activity_values(material: Material) -> dict[str, str]:
    activities = material.activities
    times = sorted(item.utc for item in activities if item.utc)
    first = sorted(activities, key=lambda a: (a.utc is None, a.utc or datetime.min.replace(tzinfo=UTC), a.id))
    return {
        "activities": str(len(activities)),
        "stories": str(len(material.acting)),
        "background": str(
            sum(1 for s in material.stories for a in s.activities if s.background or a.background)
        ),
        "first_time": time_text(times[0] if times else None),
        "last_time": time_text(times[-1] if times else None),
        "first_evidence": next(iter(evidence_ids(p for a in first[:1] for p in a.evidence)), "EVIDENCE-ID"),
        "sources": some((s.source_host or s.source_ip or "" for s in material.acting), none="not known"),
        "targets": some((t for s in material.acting for t in s.target_hosts), none="not known"),
        "busiest": str(_busiest(activities, material.playbook.threshold("burst_window_minutes"))),
        "patch_window": _patch_window(
            times[0] if times else None, material.playbook.threshold("patch_hours")
        ),
        "tools": some((m for s in material.acting for m in s.methods), most=8),
        "tool_traces": str(len({m for s in material.acting for m in s.methods})),
    }


def _busiest(activities: Sequence[Activity], window_minutes: float) -> int:
    """Most activities of one account on one host within the window."""
    times: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for item in activities:
        if item.utc:
            account = item.identity.account
            times[item.host, account.name.lower() if account else ""].append(item.utc)
    window = timedelta(minutes=window_minutes)
    most = 0
    for moments in times.values():
        moments.sort()
        start = 0
        for end, moment in enumerate(moments):
            while moment - moments[start] > window:
                start += 1
            most = max(most, end - start + 1)
    return most


def _patch_window(utc: datetime | None, hours: float) -> str:
    """Whether a time lies in the days after the second Tuesday of its month, 17:00 UTC."""
    if utc is None:
        return "no time to compare"
    moment = utc.astimezone(UTC)
    first = moment.replace(day=1, hour=17, minute=0, second=0, microsecond=0)
    tuesday = first + timedelta(days=(1 - first.weekday()) % 7 + 7)
    inside = tuesday <= moment <= tuesday + timedelta(hours=hours)
    return f"{'inside' if inside else 'outside'} the days after {tuesday:%Y-%m-%d} 17:00Z"


def _command_values(material: Material) -> dict[str, str]:
    activities = material.activities
    clients = material.traces(Kind.CLIENT.value)
    names = [(item.fact("client.renamed") or _file_name(item.image)) for item in clients]
    return {
        "commands": str(sum(1 for item in activities if item.command)),
        "decoded": str(sum(1 for item in activities if item.decoded)),
        "clients": str(len(clients)),
        "client_list": some(names),
        "wbemtool": str(sum(1 for item in activities if _file_name(item.image) == "wbemtool.exe")),
        "remote_commands": str(_with_fact(activities, "wmic.node", "ps.node", "com.node", "winrm.node")),
        "recovery": str(_with_fact(activities, "command.recovery_inhibition")),
        "masked": str(_with_fact(activities, "wmic.password")),
    }


def _file_name(path: str | None) -> str:
    return (path or "").replace("/", "\\").rpartition("\\")[2].lower()


def _with_fact(activities: Iterable[Activity], *names: str) -> int:
    return sum(1 for item in activities if any(item.fact(name) for name in names))


def _trace_values(material: Material) -> dict[str, str]:
    subscriptions = material.traces(Kind.SUBSCRIPTION.value)
    parts = Counter(item.fact("subscription.part") or "" for item in subscriptions)
    return {
        "children": str(len(material.traces(Kind.CHILD.value))),
        "scripts": str(len(material.traces(Kind.SCRIPT.value))),
        "operations": str(len(material.traces(Kind.OPERATION.value))),
        "files": str(len(material.traces(Kind.FILE.value))),
        "filters": str(parts["filter"]),
        "consumers": str(parts["consumer"]),
        "bindings": str(parts["binding"]),
        "temporary": str(parts["temporary"]),
    }


def _account_values(material: Material) -> dict[str, str]:
    rights: dict[str, set[str]] = defaultdict(set)
    hosts: set[str] = set()
    known = [item for item in material.activities if item.identity.account]
    words = {True: "proved", False: "proved absent", None: UNKNOWN_RIGHTS}
    for item in known:
        if item.identity.account:
            rights[item.identity.account.name].add(words[item.identity.admin])
            hosts.add(item.host)
    names = [story.account.name for story in material.acting if story.account]
    return {
        "actors": some([*rights, *names], none="not known"),
        "account_activities": str(len(known)),
        "account_hosts": str(len(hosts)),
        "rights": some((f"{name} {_rights(seen)}" for name, seen in rights.items()), none="not known"),
    }


def _rights(seen: set[str]) -> str:
    """Rights of one account in words; what is known comes first."""
    known = sorted(seen - {UNKNOWN_RIGHTS})
    if not known:
        return UNKNOWN_RIGHTS
    rest = [f"{UNKNOWN_RIGHTS} elsewhere"] if UNKNOWN_RIGHTS in seen else []
    return ", ".join([*known, *rest])


def _network_values(material: Material) -> dict[str, str]:
    traces = [trace for story in material.acting for trace in story.source_traces]
    coverage = [f"{host} {proof.value}" for host, proof in material.proofs("network")]
    return {
        "network": str(len(material.traces(Kind.NETWORK.value)) + len(traces)),
        "network_findings": str(len(material.of_codes(("S12", "S14")))),
        "outside": str(len(material.of_codes(("S12",)))),
        "network_coverage": some(coverage, none="no host with logs"),
        "paired": str(sum(1 for story in material.acting if story.source_traces)),
        "transports": some((s.transport or "" for s in material.acting), none="not known"),
    }


def _finding_values(material: Material) -> dict[str, str]:
    own = material.playbook.technique
    linked = [f for f in material.findings if set(f.techniques) - {own} and f.tier is not Tier.MITIGATING]
    mitigating = [f for f in material.findings if f.tier is Tier.MITIGATING]
    changes = material.of_codes(_CHANGE_CODES)
    traces = material.traces(Kind.SUBSCRIPTION.value, Kind.REGISTRY.value)
    kinds = [f"{item.kind.value} trace on {item.host}" for item in traces]
    return {
        "linked": str(len(linked)),
        "linked_list": some(map(_code_title, linked)),
        "mitigating": str(len(mitigating)),
        "mitigating_list": some(map(_code_title, mitigating)),
        "changes": str(len(changes) + len(traces)),
        "change_list": some([*map(_code_title, changes), *kinds]),
        "neighbours_seen": some({name for f in material.findings for name in f.techniques} - {own}, most=12),
    }


def _code_title(finding: Finding) -> str:
    return f"{finding.code} {finding.title}"


def _coverage_values(material: Material) -> dict[str, str]:
    coverage = material.coverage
    channels = [channel for host in coverage.hosts for channel in host.channels]
    counts: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    for channel in channels:
        counts[channel.channel] += channel.count
        hosts[channel.channel] += 1
    zones = {zone_of(material.context, host) or "" for host in material.hosts}
    return {
        "channels": str(len(channels)),
        "channel_list": some(
            (f"{name} (records: {counts[name]}, hosts: {hosts[name]})" for name in counts), most=12
        ),
        "hosts_with_logs": str(len(coverage.hosts)),
        "grades": some((f"{item.host} {item.grade}" for item in coverage.hosts), most=8),
        "lost": str(coverage.lost_records),
        "tamper": str(sum(1 for sign in coverage.tamper if sign.scored)),
        "unexamined": some(material.unexamined()),
        "zone": some(zones, none="not given, so hours are not scored"),
    }
