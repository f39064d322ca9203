"""Coverage and intake as views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.coverage.model import Gap, Readiness
from magistrate.coverage.skew import relate_clocks
from magistrate.report.wording import utc_text

if TYPE_CHECKING:
    from magistrate.coverage.model import Capability, ChannelCoverage, Coverage, HostCoverage
    from magistrate.sources.base import Intake


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel of one host."""

    channel: str
    state: str
    count: int
    first: str | None
    last: str | None
    largest_gap_seconds: float | None
    missing_records: int
    holes: tuple[str, ...]
    hole_count: int = 0
    usual_gap_seconds: float | None = None
    rare_gap_seconds: float | None = None
    gap_is_unusual: bool = False
    gap_from: str | None = None


@dataclass(frozen=True, slots=True)
class SettingView:
    """What opens a capability: where it is set, to what, by which command and policy, and where that is written."""

    kind: str
    target: str
    command: str
    gpo: str
    source: str


@dataclass(frozen=True, slots=True)
class CapabilityView:
    """Whether a capability was recording. `settings` are filled in the coverage report only."""

    name: str
    proof: str
    reason: str
    enable: str
    evidence_ids: tuple[str, ...]
    title: str = ""
    records: str = ""
    readiness: str = Readiness.CONDITIONAL
    gap: str = Gap.NONE
    count: int = 0
    channels: tuple[str, ...] = ()
    settings: tuple[SettingView, ...] = ()


@dataclass(frozen=True, slots=True)
class HostView:
    """Coverage of one host."""

    host: str
    grade: str
    grade_reason: str
    channels: tuple[ChannelView, ...]
    capabilities: tuple[CapabilityView, ...]
    further: tuple[CapabilityView, ...] = ()
    role: str = "unknown"
    role_reason: str = ""


@dataclass(frozen=True, slots=True)
class TamperView:
    """A sign that a log was cut, with its other explanations."""

    host: str
    utc: str | None
    what: str
    explanation: str
    scored: bool
    evidence_ids: tuple[str, ...]
    kind: str = ""
    until: str | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockView:
    """How the clocks of two hosts stand to each other, with what order it allows."""

    first_host: str
    second_host: str
    seconds: float
    uncertainty_seconds: float
    samples: int
    statement: str


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Names that may mean one machine, or one name that may mean several; nothing is merged because of it."""

    kind: str
    hosts: tuple[str, ...]
    statement: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Coverage of the case."""

    first: str | None
    last: str | None
    lost_records: int
    hosts: tuple[HostView, ...]
    tamper: tuple[TamperView, ...]
    clocks: tuple[ClockView, ...] = ()
    identities: tuple[IdentityView, ...] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """What became of one file: found = loaded + duplicate + recovered + bad + refused.

    `recovered` records lie in slack; `recovered_read` of them were read, for a case with --recover.
    """

    file: str
    sha256: str
    size_bytes: int
    format: str
    found: int
    loaded: int
    duplicate: int
    recovered: int
    recovered_read: int
    bad: int
    refused: int
    outside_window: int
    reason: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssueView:
    """Something that could not be read."""

    file: str
    unit: str
    reason: str
    records: int
    locator: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class IntakeView:
    """What became of everything the user named."""

    found: int
    loaded: int
    duplicate: int
    recovered: int
    bad: int
    refused: int
    files: tuple[FileView, ...]
    issues: tuple[IssueView, ...]
    notes: tuple[str, ...]


def _channel(channel: ChannelCoverage) -> ChannelView:
    return ChannelView(
        channel=channel.channel,
        state=channel.state,
        count=channel.count,
        first=utc_text(channel.first),
        last=utc_text(channel.last),
        largest_gap_seconds=channel.largest_gap_seconds,
        missing_records=channel.missing_records,
        holes=tuple(f"{first}-{last}" for first, last in channel.holes),
        hole_count=channel.hole_count,
        usual_gap_seconds=channel.usual_gap_seconds,
        rare_gap_seconds=channel.rare_gap_seconds,
        gap_is_unusual=channel.gap_is_unusual,
        gap_from=utc_text(channel.gap_from),
    )


def _capability(item: Capability, settings: bool) -> CapabilityView:
    return CapabilityView(
        name=item.name,
        proof=item.proof.value,
        reason=item.reason,
        enable=item.enable,
        evidence_ids=item.evidence_ids,
        title=item.title or item.name.replace("_", " "),
        records=item.records,
        readiness=item.readiness.value,
        gap=item.gap.value,
        count=item.count,
        channels=item.channels,
        settings=tuple(
            SettingView(each.kind.value, each.target, each.command, each.gpo, each.source)
            for each in item.settings
            if settings
        ),
    )


def _host(host: HostCoverage, settings: bool) -> HostView:
    return HostView(
        host=host.host,
        grade=host.grade,
        grade_reason=host.grade_reason,
        channels=tuple(_channel(item) for item in host.channels),
        capabilities=tuple(_capability(item, settings) for item in host.capabilities),
        further=tuple(_capability(item, settings) for item in host.further),
        role=host.role,
        role_reason=host.role_reason,
    )


def clock_views(coverage: Coverage) -> tuple[ClockView, ...]:
    """Every pair of hosts whose clocks could be compared, sorted."""
    pairs = sorted({(item.first_host, item.second_host) for item in coverage.skews})
    relations = (relate_clocks(coverage.skews, *pair) for pair in pairs)
    return tuple(
        ClockView(
            item.first_host,
            item.second_host,
            item.seconds,
            item.uncertainty_seconds,
            item.samples,
            item.statement,
        )
        for item in relations
    )


def coverage_view(coverage: Coverage, *, settings: bool = False) -> CoverageView:
    """Coverage of the case as a view; with the settings of each capability when asked for."""
    return CoverageView(
        first=utc_text(coverage.first),
        last=utc_text(coverage.last),
        lost_records=coverage.lost_records,
        hosts=tuple(_host(item, settings) for item in coverage.hosts),
        tamper=tuple(
            TamperView(
                host=item.host,
                utc=utc_text(item.utc),
                what=item.what,
                explanation=item.explanation,
                scored=item.scored,
                evidence_ids=item.evidence_ids,
                kind=item.kind,
                until=utc_text(item.until),
                channels=item.channels,
            )
            for item in coverage.tamper
        ),
        clocks=clock_views(coverage),
        identities=tuple(
            IdentityView(item.kind, item.hosts, item.statement, item.evidence_ids)
            for item in coverage.identities
        ),
    )


def intake_view(intake: Intake) -> IntakeView:
    """What became of every file, with the totals."""
    files = tuple(
        FileView(
            file=item.file,
            sha256=item.sha256,
            size_bytes=item.size_bytes,
            format=item.format,
            found=item.found,
            loaded=item.loaded,
            duplicate=item.duplicate,
            recovered=item.recovered,
            recovered_read=item.recovered_read,
            bad=item.bad,
            refused=item.refused,
            outside_window=item.outside_window,
            reason=item.reason,
            notes=item.notes,
        )
        for item in intake.files
    )
    issues = tuple(
        IssueView(item.file, item.unit, item.reason, item.records, item.locator, item.hint)
        for item in intake.issues
    )
    return IntakeView(
        found=sum(item.found for item in files),
        loaded=sum(item.loaded for item in files),
        duplicate=sum(item.duplicate for item in files),
        recovered=sum(item.recovered for item in files),
        bad=sum(item.bad for item in files),
        refused=sum(item.refused for item in files),
        files=files,
        issues=issues,
        notes=intake.notes,
    )
