"""Runs the coverage stage: what the logs of each host can and cannot show, before any question is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.coverage.capabilities import assess_capabilities
from magistrate.coverage.channels import read_channels
from magistrate.coverage.grades import grade_host
from magistrate.coverage.losses import file_losses
from magistrate.coverage.model import Coverage, HostCoverage
from magistrate.coverage.tamper import find_tamper_signs, find_traces
from magistrate.coverage.window import Window

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.sources.base import Intake
    from magistrate.store.base import Store


def assess_coverage(
    store: Store, intake: Intake, first_suspicious: datetime | None, last_suspicious: datetime | None
) -> Coverage:
    """Prove what was recorded on each host around the suspicious activity (triage practice 2.2).

    Args:
        store: holds `record` and the category tables.
        intake: what became of the evidence; lost records weaken every proof of their channel.
        first_suspicious: time of the first suspicious activity, None when there is none.
        last_suspicious: time of the last one.

    Returns:
        One entry per host of the case, sorted; a capability counts as recorded only with proof. Empty for a case
        without records, which says nothing about what happened.

    Raises:
        QueryError: the store lacks a table or a column.
    """
    losses = file_losses(intake)
    measured = read_channels(store, losses)
    channels = tuple(item.coverage for item in measured)
    traces = find_traces(store)
    tamper = find_tamper_signs(store, traces, measured)
    capabilities = assess_capabilities(store, channels, traces, Window(first_suspicious, last_suspicious))
    hosts: list[HostCoverage] = []
    for name, items in capabilities.items():
        grade, reason = grade_host(items)
        mine = tuple(item for item in channels if item.host == name)
        damaged = [item.channel for item in mine if item.state == "damaged"]
        if damaged:
            reason += f" Records were lost in files that hold {', '.join(damaged)}."
        hosts.append(HostCoverage(name, grade, reason, mine, items))
    return Coverage(
        hosts=tuple(hosts),
        tamper=tamper,
        lost_records=sum(loss.records for loss in losses.values()),
        first=min((item.first for item in channels if item.first), default=None),
        last=max((item.last for item in channels if item.last), default=None),
    )
