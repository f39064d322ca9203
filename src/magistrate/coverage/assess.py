"""Runs the coverage stage: what the logs of each host can and cannot show, before any question is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.coverage.capabilities import HostFacts, assess_capabilities, cutting_traces
from magistrate.coverage.channels import read_channels
from magistrate.coverage.grades import grade_host
from magistrate.coverage.identity import find_candidates
from magistrate.coverage.losses import file_losses
from magistrate.coverage.model import Coverage, HostCoverage
from magistrate.coverage.roles import find_roles
from magistrate.coverage.skew import estimate_skews
from magistrate.coverage.tamper import find_tamper_signs
from magistrate.coverage.traces import find_traces
from magistrate.coverage.window import Window

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.context.model import Context
    from magistrate.sources.base import Intake
    from magistrate.store.base import Store


def assess_coverage(
    store: Store,
    intake: Intake,
    first_suspicious: datetime | None,
    last_suspicious: datetime | None,
    context: Context | None = None,
) -> Coverage:
    """Prove what was recorded on each host around the suspicious activity (triage practice 2.2).

    Args:
        store: holds `record` and the category tables.
        intake: what became of the evidence; lost records weaken every proof of their channel.
        first_suspicious: time of the first suspicious activity, None when there is none.
        last_suspicious: time of the last one.
        context: the site's asset list tells roles that the records do not show.

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
    names = sorted({item.host for item in channels})
    roles = find_roles(store, names, context)
    facts = [
        HostFacts(
            name=name,
            channels={item.channel: item for item in channels if item.host == name},
            role=roles.get(name),
            traces=cutting_traces(traces, name),
            signs=tuple(sign for sign in tamper if sign.host == name),
        )
        for name in names
    ]
    judged = assess_capabilities(store, facts, Window(first_suspicious, last_suspicious))
    hosts: list[HostCoverage] = []
    for host in facts:
        items = judged[host.name]
        grade, reason = grade_host(items.core)
        damaged = [item.channel for item in host.channels.values() if item.state == "damaged"]
        if damaged:
            reason += f" Records were lost in files that hold {', '.join(damaged)}."
        hosts.append(
            HostCoverage(
                host=host.name,
                grade=grade,
                grade_reason=reason,
                channels=tuple(host.channels.values()),
                capabilities=items.core,
                further=items.further,
                role=host.role.name if host.role else "unknown",
                role_reason=host.role.shown_by if host.role else "",
            )
        )
    return Coverage(
        hosts=tuple(hosts),
        tamper=tamper,
        lost_records=sum(loss.records for loss in losses.values()),
        first=min((item.first for item in channels if item.first), default=None),
        last=max((item.last for item in channels if item.last), default=None),
        skews=estimate_skews(store),
        identities=find_candidates(store),
    )
