"""Permanent and temporary event subscriptions (Sysmon 19 to 21, WMI-Activity 5859 to 5861)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.background import background_of
from magistrate.activity.build import activity_id
from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass
from magistrate.activity.queries import rows_of
from magistrate.activity.rows import evidence_of, moment, number, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.identity import IdentityResolver
    from magistrate.store.base import Row, Store


_PART = {19: "filter", 20: "consumer", 21: "binding", 5859: "filter", 5860: "temporary", 5861: "binding"}


def find_subscriptions(store: Store) -> list[Row]:
    """Rows of every filter, consumer and binding seen."""
    return [*rows_of(store, "sysmon_subscriptions"), *rows_of(store, "activity_subscriptions")]


def subscription_activities(rows: Sequence[Row], resolver: IdentityResolver) -> list[Activity]:
    """Every filter, consumer and binding seen, with who made it where the record tells."""
    return [_subscription(row, resolver) for row in rows]


_NAMED = {"WmiBindEventFilterToConsumer": 5861}
"""Defender's name of the event that it reads from WMI-Activity 5861."""


def _subscription(row: Row, resolver: IdentityResolver) -> Activity:
    host = text(row, "host") or ""
    event = number(row, "EventID") or _NAMED.get(text(row, "ActionType") or "", 0)
    evidence = (
        evidence_of(
            row,
            "Operation",
            "Name",
            "ConsumerType",
            "Destination",
            "Consumer",
            "Filter",
            "Query",
            "User",
            "UserSid",
        ),
    )
    facts = {
        "subscription.part": _PART.get(event, ""),
        "subscription.operation": (
            text(row, "Operation") or ("Created" if event in (5859, 5861) else "")
        ).lower(),
        "subscription.name": text(row, "Name") or "",
        "subscription.consumer_type": text(row, "ConsumerType") or "",
        "subscription.payload": (text(row, "Destination") or "")[:4000],
        "subscription.query": (text(row, "Query") or "")[:1000],
        "subscription.consumer": text(row, "Consumer") or "",
        "subscription.filter": text(row, "Filter") or "",
        "subscription.namespace": text(row, "NamespaceName") or text(row, "EventNamespace") or "",
    }
    names = " ".join(
        facts[key]
        for key in ("subscription.name", "subscription.consumer", "subscription.filter", "subscription.query")
    )
    background = background_of(
        Kind.SUBSCRIPTION.value,
        {
            "subscription": names,
            "part": facts["subscription.part"],
            "query": facts["subscription.query"].strip(' "'),
            "binding": facts["subscription.consumer"],
            "consumer_type": facts["subscription.consumer_type"],
            "payload": facts["subscription.payload"],
            "event": str(event),
        },
    )
    return Activity(
        id=activity_id(evidence),
        kind=Kind.SUBSCRIPTION,
        host=host,
        utc=moment(row),
        operation="subscription",
        methods=("wmi-subscription",),
        identity=_creator(row, resolver),
        facts=tuple(sorted((name, value) for name, value in facts.items() if value)),
        background=background,
        evidence=evidence,
    )


def _creator(row: Row, resolver: IdentityResolver) -> Identity:
    evidence = (evidence_of(row, "User", "UserSid"),)
    user, sid = text(row, "User"), text(row, "UserSid")
    if user is None and sid is None:
        return Identity(
            None,
            OriginClass.UNKNOWN,
            Join.NONE,
            Confidence.LOW,
            "the record does not name the creator",
            evidence=evidence,
        )
    return resolver.of_creator(
        text(row, "host") or "", Account(user or sid or "", sid, None), moment(row), evidence
    )
