from __future__ import annotations

import pytest
from tests.response.case_maker import Case, activity, story

from magistrate.activity.model import Kind
from magistrate.playbooks.load import load_playbook
from magistrate.response.material import gather
from magistrate.response.targets import path_name, subscription_targets


@pytest.mark.parametrize(
    ("recorded", "name"),
    [
        ('CommandLineEventConsumer.Name="Updater"', "Updater"),
        ('CommandLineEventConsumer.Name=\\"Updater\\"', "Updater"),
        ('\\\\.\\root\\subscription:__EventFilter.Name="My Filter"', "My Filter"),
        ('ActiveScriptEventConsumer="Nightly"', "Nightly"),
        ('"Quoted"', "Quoted"),
        ("Plain", "Plain"),
        (None, ""),
    ],
)
def test_names_are_read_from_every_form_that_records_use(recorded, name):
    assert path_name(recorded) == name


def targets(*facts: dict[str, str]):
    made = [
        activity(
            n, kind=Kind.SUBSCRIPTION, facts=tuple(sorted((f"subscription.{k}", v) for k, v in item.items()))
        )
        for n, item in enumerate(facts, start=1)
    ]
    case = Case(stories=(story(*made),))
    return subscription_targets(
        gather(
            load_playbook("t1047"),
            case.stories,
            case.findings,
            case.answers,
            case.coverage,
            case.context,
            case.decision,
        )
    )


def test_records_of_two_logs_about_one_subscription_become_one_target():
    found = targets(
        {"part": "consumer", "name": "Nightly"},
        {"part": "filter", "name": "Evening"},
        {
            "part": "binding",
            "consumer": 'CommandLineEventConsumer.Name="Nightly"',
            "filter": '__EventFilter.Name="Evening"',
        },
        {
            "part": "binding",
            "consumer": 'CommandLineEventConsumer="Nightly"',
            "filter": "Evening",
            "namespace": "//./root/subscription",
        },
    )

    assert [(t.namespace, t.consumer, t.filter) for t in found] == [
        ("root\\subscription", "Nightly", "Evening")
    ]
    assert len(found[0].evidence_ids) == 2


def test_a_consumer_in_another_namespace_keeps_it():
    found = targets({"part": "consumer", "name": "x", "namespace": "\\\\.\\root\\default"})

    assert found[0].namespace == "root\\default"
