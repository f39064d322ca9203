"""Plans of hand-made cases for the tests of their outputs."""

from __future__ import annotations

from tests.response.case_maker import SITE, Case, activity, described, identity, story

from magistrate.activity.model import Account, Kind
from magistrate.playbooks.load import load_playbook
from magistrate.response.plan import Plan, make_plan

HASH = "0123456789abcdef" * 4


def plan_of(case: Case) -> Plan:
    return make_plan(load_playbook("t1047"), case.respond().scope, HASH)


def sample_plan() -> Plan:
    """An incident of a described site with a subscription: most cards, with commands."""
    return plan_of(described(stories=(story(activity(1), binding(2, "Updater", "Trigger")),)))


def binding(number: int, consumer: str, trigger: str):
    facts = {
        "subscription.part": "binding",
        "subscription.consumer": consumer,
        "subscription.filter": trigger,
    }
    return activity(
        number, kind=Kind.SUBSCRIPTION, operation="subscription", facts=tuple(sorted(facts.items()))
    )


def hostile_plan(value: str) -> Plan:
    """A described incident in which every name that an intruder chooses is this text."""
    acting = activity(1, identity=identity(Account(f"CORP\\{value}")))
    bound = binding(2, value, value)
    case = Case(
        stories=(story(acting, bound, target_hosts=("srv01.corp.example", value), source_host=value),),
        context=SITE,
    )
    return plan_of(case)
