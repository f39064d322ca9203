"""Coverage and intake as views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class CapabilityView:
    """Whether a capability was recording."""

    name: str
    proof: str
    reason: str
    enable: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostView:
    """Coverage of one host."""

    host: str
    grade: str
    grade_reason: str
    channels: tuple[ChannelView, ...]
    capabilities: tuple[CapabilityView, ...]


@dataclass(frozen=True, slots=True)
class TamperView:
    """A sign that a log was cut, with its other explanations."""

    host: str
    utc: str | None
    what: str
    explanation: str
    scored: bool
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Coverage of the case."""

    first: str | None
    last: str | None
    lost_records: int
    hosts: tuple[HostView, ...]
    tamper: tuple[TamperView, ...]


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
    )


def _capability(item: Capability) -> CapabilityView:
    return CapabilityView(item.name, item.proof.value, item.reason, item.enable, item.evidence_ids)


def _host(host: HostCoverage) -> HostView:
    return HostView(
        host=host.host,
        grade=host.grade,
        grade_reason=host.grade_reason,
        channels=tuple(_channel(item) for item in host.channels),
        capabilities=tuple(_capability(item) for item in host.capabilities),
    )


def coverage_view(coverage: Coverage) -> CoverageView:
    """Coverage of the case as a view."""
    return CoverageView(
        first=utc_text(coverage.first),
        last=utc_text(coverage.last),
        lost_records=coverage.lost_records,
        hosts=tuple(_host(item) for item in coverage.hosts),
        tamper=tuple(
            TamperView(
                item.host, utc_text(item.utc), item.what, item.explanation, item.scored, item.evidence_ids
            )
            for item in coverage.tamper
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
