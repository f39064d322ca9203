"""What to fetch and what to turn on, host by host, as commands that are ready to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.coverage.model import Capability, Coverage, Gap, HostCoverage, SettingKind

if TYPE_CHECKING:
    from collections.abc import Iterable

COLLECT_FOLDER = r"C:\IR"
_TO_COLLECT = frozenset({Gap.NO_LOG, Gap.OUT_OF_TIME, Gap.EXCERPT, Gap.LOST})
_TO_TURN_ON = frozenset({Gap.OFF, Gap.PART, Gap.UNPROVED, Gap.CUT, Gap.OTHER_TIME})
_PLAIN = re.compile(r"[A-Za-z0-9 _./()-]{1,128}")
_ELSEWHERE = frozenset({SettingKind.SENSOR, SettingKind.EDR})
_RUNNABLE = frozenset({SettingKind.AUDITPOL, SettingKind.REGISTRY, SettingKind.CHANNEL})


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """What to do on a set of hosts that lack the same things.

    `collect` and `turn_on` are commands for an elevated prompt on the host. `sysmon` are elements for its
    configuration, applied with one command. `ask` is what no command on the host gives. `why` names the
    capabilities that it opens.
    """

    hosts: tuple[str, ...]
    collect: tuple[str, ...]
    turn_on: tuple[str, ...]
    sysmon: tuple[str, ...]
    ask: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """True when nothing is to be done."""
        return not (self.collect or self.turn_on or self.sysmon or self.ask)


def collection_requests(coverage: Coverage, *, further: bool = False) -> tuple[CollectionRequest, ...]:
    """Write the request for everything that is not ready, hosts with the same needs together.

    Args:
        coverage: of the case.
        further: also for capabilities that no grade rests on.

    Returns:
        Requests in the order of their first host; hosts that lack nothing are left out.
    """
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for host in coverage.hosts:
        needs = _needs(host, host.capabilities + (host.further if further else ()))
        if any(needs[:4]):
            groups.setdefault(needs, []).append(host.host)
    return tuple(
        CollectionRequest(tuple(hosts), *needs)
        for needs, hosts in sorted(groups.items(), key=lambda pair: pair[1])
    )


def _needs(
    host: HostCoverage, capabilities: Iterable[Capability]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    collect: list[str] = []
    turn_on: list[str] = []
    sysmon: list[str] = []
    ask: list[str] = []
    why: list[str] = []
    with_sysmon = any("Sysmon" in item.channel for item in host.channels)
    for item in capabilities:
        if item.gap not in _TO_COLLECT | _TO_TURN_ON:
            continue
        if all(setting.kind in _ELSEWHERE for setting in item.settings):
            ask += [f"{setting.target}: {setting.command}" for setting in item.settings]
        elif item.gap in _TO_COLLECT:
            collect += [export_command(name) for name in item.channels if _wanted(name, with_sysmon)]
        else:
            for setting in item.settings:
                if setting.kind in _RUNNABLE:
                    turn_on.append(setting.command)
                elif setting.kind is SettingKind.SYSMON:
                    sysmon += [setting.target] if with_sysmon else []
                else:
                    ask.append(f"{setting.target}: {setting.command}")
        why.append(item.title or item.name.replace("_", " "))
    return _unique(collect), _unique(turn_on), _unique(sysmon), _unique(ask), _unique(why)


def _wanted(channel: str, with_sysmon: bool) -> bool:
    """Sysmon's log exists only where Sysmon is: asking for it on other hosts gives an error."""
    return with_sysmon or "Sysmon" not in channel


def export_command(channel: str) -> str:
    """The command that exports one channel; only names of our own tables get here.

    Raises:
        ValueError: the name holds characters that a prompt reads as more than a name.
    """
    if not _PLAIN.fullmatch(channel):
        raise ValueError(f"not a channel name: {channel!r}")
    file = re.sub(r"[^A-Za-z0-9]+", "-", channel).strip("-")
    name = f'"{channel}"' if " " in channel else channel
    return rf"wevtutil epl {name} {COLLECT_FOLDER}\{file}.evtx"


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
