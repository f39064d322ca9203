"""Q4: the network pattern of the WMI events: transport, direction, fan-out, zones, after-effects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import short_host
from magistrate.activity.model import Confidence, Join
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.flows import StoryFlows, fetch_flows
from magistrate.answers.inquiry import cite, finding_evidence, is_remote, quantity, source_text
from magistrate.context.lookup import asset_of, is_external_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Inquiry
    from magistrate.answers.sensor import SensorCall
    from magistrate.events.evidence import Evidence

ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO, State.NOT_APPLICABLE)
PATTERNS = {State.YES: "OUT", State.NO: "IN", State.UNKNOWN: "UNKNOWN", State.CONFLICT: "UNKNOWN"}
WINDOW = timedelta(minutes=60)
BASELINE_WINDOWS = 5
"""Fewer earlier windows make no percentile. Origin: our choice; with five the 95th percentile is their largest."""
KNOWN_PAIR_DAYS = 3
_ACTING_CALLS = tuple(
    f"IWbemServices::{name}"
    for name in ("ExecMethod", "ExecMethodAsync", "PutInstance", "DeleteInstance", "DeleteClass")
)


@dataclass(frozen=True, slots=True)
class PatternFacts:
    """What the state of Q4 is decided from. `flow_data` is present, partial or absent."""

    observed: bool = True
    remote: bool | None = None
    flow_data: str = "absent"
    pair_known: bool = False
    zone_out: bool = False
    new_targets: int = 0
    after_effects: int = 0
    source_ambiguous: bool = False


def decide_pattern(facts: PatternFacts, new_targets: int = 3) -> tuple[State, Confidence]:
    """State and confidence of Q4: YES is OUT of pattern, NO is IN pattern.

    Missing flow records never make an activity local or usual; a local session does, by its logon.
    """
    if not facts.observed or (facts.remote is False and not facts.after_effects):
        return State.NOT_APPLICABLE, Confidence.MODERATE
    if facts.source_ambiguous:
        return State.CONFLICT, Confidence.LOW
    if facts.zone_out or facts.new_targets >= new_targets or facts.after_effects:
        return State.YES, Confidence.HIGH if facts.flow_data == "present" else Confidence.MODERATE
    if facts.remote is None or facts.flow_data != "present":
        return State.UNKNOWN, Confidence.LOW
    return (State.NO, Confidence.MODERATE) if facts.pair_known else (State.UNKNOWN, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class _Reach:
    """Targets of one source: in the story's 60 minutes, new among them, and the usual number."""

    targets: int
    new: int
    baseline: str


def answer_pattern(inquiry: Inquiry) -> Draft:
    """Answer Q4 for the case: the most unusual story speaks."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    flows = fetch_flows(
        inquiry.store,
        inquiry.stories,
        inquiry.hosts,
        inquiry.context,
        after=timedelta(minutes=inquiry.parameter("Q4", "after_effect_minutes")),
        read_back=timedelta(seconds=inquiry.parameter("Q4", "read_back_seconds")),
    )
    return strongest([_for_story(inquiry, story, flows) for story in inquiry.stories], ORDER)


def _for_story(inquiry: Inquiry, story: Story, flows: StoryFlows) -> Draft:
    reach = _reach(inquiry, story)
    after = flows.after.get(story.id, ())
    effects = inquiry.findings_of(story, ("S12",))
    zones, zone_out = _zones(inquiry, story)
    outside = inquiry.findings_of(story, ("S14",))
    facts = PatternFacts(
        remote=is_remote(story),
        flow_data=_flow_data(inquiry, story, flows),
        pair_known=_pair_known(inquiry, story),
        zone_out=zone_out or bool(outside),
        new_targets=reach.new,
        after_effects=len(after) + len(effects),
        source_ambiguous=story.identity.join is Join.AMBIGUOUS
        and len({candidate.source_ip for candidate in story.identity.candidates}) > 1,
    )
    state, confidence = decide_pattern(facts, int(inquiry.parameter("Q4", "new_targets")))
    seen = sorted({f"{item.destination}:{item.port}" for item in after})
    described = ", ".join([*seen[:5], *([cite(effects)] if effects else [])])
    return Draft(
        state=state,
        confidence=confidence,
        values={
            "source": source_text(story),
            "target": ", ".join(story.target_hosts[:5]) or "an unknown target",
            "transport": _transport(story, flows),
            "fan_out": quantity(reach.targets, "target"),
            "baseline": f"baseline {reach.baseline}" if reach.baseline.isdigit() else reach.baseline,
            "zones": zones,
            "after_effects": described or "none seen",
            "flow_data": facts.flow_data,
            "why": _why(facts, state, zones, reach, described),
        },
        evidence=_evidence(inquiry, story, flows),
        finding_ids=tuple(item.id for item in (*effects, *outside)),
        limits=_limits(story, flows),
        missing=_missing(story, facts, flows),
        pattern=PATTERNS.get(state),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _flow_data(inquiry: Inquiry, story: Story, flows: StoryFlows) -> str:
    if flows.wmi_flows(story) or flows.calls.get(story.id):
        return "present"
    hosts = {inquiry.hosts.key_of(host) or host for host in story.hosts}
    return "partial" if any(flows.recording.get(host) for host in hosts) else "absent"


def _transport(story: Story, flows: StoryFlows) -> str:
    called = ", ".join(dict.fromkeys(call.name for call in _acting(story, flows)))
    return f"{_path(story, flows)}, {called} on the wire" if called else _path(story, flows)


def _acting(story: Story, flows: StoryFlows) -> Sequence[SensorCall]:
    """The calls that make WMI do something; where there is none, all."""
    calls = flows.calls.get(story.id, ())
    return [call for call in calls if call.name in _ACTING_CALLS] or calls[:3]


def _path(story: Story, flows: StoryFlows) -> str:
    seen = flows.wmi_flows(story)
    ports = sorted({flow.port for flow in seen})
    if any(flow.transport == "DCOM" for flow in seen):
        dynamic = sorted({flow.port for flow in flows.dynamic.get(story.id, ())})
        tail = "+".join(str(port) for port in dynamic[:3]) or "dynamic port not recorded"
        return f"DCOM {'+'.join(str(port) for port in ports if port in (135, 24158))}+{tail}"
    if any(flow.transport == "WSMan" for flow in seen):
        return f"WSMan {', '.join(str(port) for port in ports)}"
    if flows.read_backs.get(story.id):
        return "an unrecorded transport, with an SMB read-back on port 445"
    return {"DCOM": "DCOM by its session", "WSMan": "WSMan by its session"}.get(
        story.transport or "", "local session" if is_remote(story) is False else "an unrecorded transport"
    )


def _source_keys(story: Story) -> set[str]:
    return {short_host(name) for name in (story.source_host, story.source_ip) if name}


def _reach(inquiry: Inquiry, story: Story) -> _Reach:
    """Count targets of the story's source in any 60 minutes around it, and in earlier windows."""
    own = _source_keys(story)
    same = [s for s in inquiry.all_stories if own & _source_keys(s) and is_remote(s) and s.first is not None]
    if not same or story.first is None:
        return _Reach(len(story.target_hosts), 0, "no baseline")
    near = {host for s in same if s.first and abs(s.first - story.first) <= WINDOW for host in s.target_hosts}
    cut = story.first - timedelta(hours=24)
    met = inquiry.hosts_met(story, cut)
    before = {host for s in same if s.last and s.last < cut for host in s.target_hosts}
    known = set(met) | before
    new = {host for host in near if (inquiry.hosts.key_of(host) or host) not in known}
    windows: dict[int, set[str]] = {}
    for earlier in same:
        if earlier.first and earlier.first < cut:
            bucket = int(earlier.first.timestamp()) // int(WINDOW.total_seconds())
            windows.setdefault(bucket, set()).update(earlier.target_hosts)
    counts = sorted(len(hosts) for hosts in windows.values())
    baseline = (
        str(counts[-(-95 * len(counts) // 100) - 1]) if len(counts) >= BASELINE_WINDOWS else "no baseline"
    )
    usual = int(baseline) if baseline.isdigit() else 0
    return _Reach(len(near), len(new) if len(near) > usual else 0, baseline)


def _pair_known(inquiry: Inquiry, story: Story) -> bool:
    if inquiry.is_managed_source(story):
        return True
    if story.first is None or not story.target_hosts:
        return False
    met = inquiry.earlier_meetings(story, story.first - timedelta(hours=24))
    days = [len(samples) for samples in met.values()]
    return len(days) >= len(story.target_hosts) and min(days) >= KNOWN_PAIR_DAYS


def _zones(inquiry: Inquiry, story: Story) -> tuple[str, bool]:
    """Zones of source and target, and whether that path is unusual by itself."""
    source = asset_of(inquiry.context, story.source_ip) or asset_of(inquiry.context, story.source_host)
    public = is_external_address(inquiry.context, story.source_ip)
    known = [asset for host in story.target_hosts if (asset := asset_of(inquiry.context, host)) is not None]
    from_role = "public" if public else source.role if source else "unknown"
    roles = sorted({asset.role for asset in known}) or ["unknown"]
    across = from_role == "workstation" and "workstation" in roles and not inquiry.is_managed_source(story)
    return f"{from_role}->{'/'.join(roles)}", bool(is_remote(story)) and (across or public)


def _why(facts: PatternFacts, state: State, zones: str, reach: _Reach, effects: str) -> str:
    if state is State.CONFLICT:
        return "more than one address could be the source"
    reasons = [f"zones {zones}"] if facts.zone_out else []
    if facts.new_targets:
        reasons.append(f"{quantity(reach.new, 'target')} not seen before")
    if facts.after_effects:
        reasons.append(f"outside connections {effects}")
    if state is State.YES:
        return ", ".join(reasons)
    if facts.flow_data == "present":
        return "The flow is seen, but nothing says that this pair is usual."
    if facts.remote is None:
        return "The origin of the session is not known; missing flow records never mean local only."
    return "The logon's source address is the only network fact; missing flow records never mean local only."


def _evidence(inquiry: Inquiry, story: Story, flows: StoryFlows) -> tuple[Evidence, ...]:
    found = [item.evidence for item in flows.after.get(story.id, ())[:3]]
    found += [flow.evidence for flow in flows.wmi_flows(story)[:4]]
    found += [call.evidence for call in _acting(story, flows)[:2]]
    found += [flow.evidence for flow in flows.dynamic.get(story.id, ())[:2]]
    found += [proof for item in flows.read_backs.get(story.id, ())[:2] for proof in item.evidence]
    found += finding_evidence(inquiry.findings_of(story, ("S12", "S14")))
    return tuple(dict.fromkeys([*found, *story.identity.evidence]))


def _limits(story: Story, flows: StoryFlows) -> tuple[str, ...]:
    sizes = flows.bytes.get(story.id)
    limits = [
        f"the sensor counted {sizes[0]:,} bytes to the server and {sizes[1]:,} back, encrypted calls included"
        if sizes
        else "host logs carry no byte counts"
    ]
    if any(name.transport == "WSMan" for name in flows.wmi_flows(story)):
        limits.append(
            "on the target the owner of 5985 is System; the client process is known on the source only"
        )
    for item in flows.read_backs.get(story.id, ())[:1]:
        limits.append(f"output file {item.name} was read back over SMB from {item.address}")
    if is_remote(story) is False and not flows.wmi_flows(story):
        limits.append("local by its session; connections it may have opened are not excluded")
    return tuple(limits)


def _missing(story: Story, facts: PatternFacts, flows: StoryFlows) -> tuple[Need, ...]:
    if facts.remote is False:
        return ()
    hosts = ", ".join(story.hosts[:3])
    needs = [Need("flows", hosts)] if facts.flow_data != "present" else []
    if not flows.read_backs.get(story.id):
        needs.append(Need("shares", ", ".join(story.target_hosts[:3])))
    return tuple([*needs, Need("bytes")] if facts.after_effects else needs)
