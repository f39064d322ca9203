"""The sentences of the coverage report that the terminal and Markdown share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.coverage.model import Gap
from magistrate.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.report.coverage_report import CoverageReport, HostAnswerView, QuestionView
    from magistrate.report.coverage_view import CapabilityView, ChannelView, HostView

_BARS = "▁▂▃▄▅▆▇█"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
HOSTS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Opener:
    """One thing to fetch or to set, the hosts it is for and the capabilities it opens there."""

    kind: str
    target: str
    hosts: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A capability that is not ready, on the hosts where it is not for the same reason."""

    item: CapabilityView
    hosts: tuple[str, ...]
    core: bool


def bars(counts: Iterable[int], signs: Iterable[int] = ()) -> str:
    """A strip: a dot where nothing was recorded, a bar on a scale of powers of ten, an exclamation mark at a cut."""
    marked = frozenset(signs)
    return "".join("!" if at in marked else _bar(number) for at, number in enumerate(counts))


def _bar(count: int) -> str:
    return "·" if count == 0 else _BARS[min(len(_BARS), len(str(count))) - 1]


def lacks(report: CoverageReport) -> tuple[Lack, ...]:
    """Capabilities that are not ready: those of the grades first, blocked before conditional, then by their order."""
    found: dict[tuple[bool, int, str, str], tuple[CapabilityView, list[str]]] = {}
    ranks = {"blocked": 0, "conditional": 1, "not_applicable": 2}
    order: dict[str, int] = {}
    for host in report.coverage.hosts:
        for core, items in ((True, host.capabilities), (False, host.further)):
            for item in items:
                order.setdefault(item.name, len(order))
                if item.readiness in ranks:
                    key = (not core, ranks[item.readiness], item.name, item.gap)
                    found.setdefault(key, (item, []))[1].append(host.host)
    keys = sorted(found, key=lambda key: (key[0], key[1], order[key[2]], key[3]))
    return tuple(Lack(found[key][0], tuple(found[key][1]), not key[0]) for key in keys)


_TO_FETCH = frozenset({Gap.NO_LOG.value, Gap.OUT_OF_TIME.value, Gap.EXCERPT.value, Gap.LOST.value})


def openers(report: CoverageReport) -> tuple[Opener, ...]:
    """What opens the rest: first the logs to fetch, then the settings, each with the capabilities it opens.

    A log that is not in the case, or not whole, may be recorded already: it is fetched before anything is set.
    """
    found: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for host in report.coverage.hosts:
        for item in (*host.capabilities, *host.further):
            if item.readiness not in ("blocked", "conditional"):
                continue
            for kind, target in _ways(item):
                hosts, titles = found.setdefault((kind, target), ({}, {}))
                hosts[host.host] = None
                titles[item.title] = None
    order = sorted(found, key=lambda key: key[0] != "log")  # stable: the order of the tables stays
    return tuple(Opener(*key, tuple(found[key][0]), tuple(found[key][1])) for key in order)


def _ways(item: CapabilityView) -> list[tuple[str, str]]:
    if (
        item.gap in _TO_FETCH
        and item.channels
        and not any(each.kind in ("sensor", "edr") for each in item.settings)
    ):
        return [("log", channel) for channel in item.channels]
    return [(each.kind, each.target) for each in item.settings]


def by_readiness(host: HostView, readiness: str) -> tuple[CapabilityView, ...]:
    """Capabilities of a host in one state."""
    return tuple(item for item in (*host.capabilities, *host.further) if item.readiness == readiness)


def duration(seconds: float) -> str:
    """`3 s`, `12 min`, `5.0 h`, `2.1 days`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.1f} days"


_LONG_SILENCE = 1_800  # seconds; a shorter one is not worth a line
_KNOWN_RHYTHM = 200  # records; with fewer the usual spacing says little


def channel_remarks(channel: ChannelView) -> tuple[str, ...]:
    """What stands out in one channel: its largest silence against its own rhythm, missing record ids, damage."""
    found = []
    if (gap := channel.largest_gap_seconds or 0.0) >= _LONG_SILENCE:
        found.append(
            f"largest silence {duration(gap)} from {wording.short_time(channel.gap_from)}: {_rhythm(channel)}"
        )
    if channel.missing_records:
        holes = wording.count(channel.hole_count, "hole")
        ids = wording.listing(channel.holes)
        found.append(f"{channel.missing_records:,} record ids missing in {holes}: {ids}")
    if channel.state != "present":
        found.append(f"{channel.state}: records of its file were lost")
    return tuple(found)


def _rhythm(channel: ChannelView) -> str:
    """Whether a silence is unusual for its channel."""
    if channel.count < _KNOWN_RHYTHM:
        return f"{channel.count} records are too few to know what is usual"
    usual, rare = channel.usual_gap_seconds or 0.0, channel.rare_gap_seconds or 0.0
    known = f"median {duration(usual)}, 99% within {duration(rare)}"
    if channel.gap_is_unusual:
        return f"unusual, no other is half as long ({known})"
    return f"not the only one of its kind ({known})"


def hosts_text(hosts: tuple[str, ...], total: int) -> str:
    """`every host`, or the hosts by name."""
    return "every host" if len(hosts) == total > 1 else wording.listing(hosts, HOSTS_NAMED)


def verdict_on(question: QuestionView, titles: dict[str, str], *, yes: bool) -> str:
    """Where a question could be answered YES or NO, and what keeps the other hosts from it."""
    if not question.hosts:
        return "no host"
    able = [host for host in question.hosts if (host.can_say_yes if yes else host.can_say_no)]
    total = len(question.hosts)
    if len(able) == total:
        return "yes" if total == 1 else f"on all {total} hosts"
    lacking = _lacking([host for host in question.hosts if host not in able], titles, yes=yes)
    head = "no" if total == 1 else f"on {len(able)} of {total} hosts" if able else "on no host"
    return f"{head}: {lacking}" if lacking else head


def _lacking(hosts: list[HostAnswerView], titles: dict[str, str], *, yes: bool) -> str:
    names = dict.fromkeys(name for host in hosts for name in (host.lacking_yes if yes else host.lacking_no))
    short = max((host.short_days for host in hosts), default=0.0) if not yes else 0.0
    parts = [f"lacks {', '.join(titles.get(name, name) for name in names)}"] if names else []
    parts += [f"history {short:.1f} days short"] if short else []
    return "; ".join(parts)
