"""What has to be covered before a story counts as known good."""

from __future__ import annotations

from answers.cases import activity, identity, story
from magistrate.activity.model import Kind
from magistrate.answers.inquiry import command_recorded
from magistrate.detections.register import acting_activities, actor_of


def test_subscription_beside_a_command_is_an_act_of_its_own():
    acts = (
        activity("child"),
        activity("sub", operation="subscription", kind=Kind.SUBSCRIPTION, command=None),
        activity("reg", operation="registry", kind=Kind.REGISTRY, command=None),
    )

    assert acting_activities(story(acts=acts)) == acts


def test_failed_read_speaks_for_the_command_and_a_recorded_call_for_itself():
    child = activity("child")
    read = activity("read", operation="query", kind=Kind.OPERATION)
    call = activity("call", operation="method", kind=Kind.OPERATION)

    assert acting_activities(story(acts=(child, read, call))) == (child, call)


def test_process_of_an_unknown_actor_is_not_lent_the_actor_of_its_story():
    nobody = activity("other", who=identity(account=None))
    case = story(acts=(activity("child"), nobody))

    assert actor_of(case, nobody) is None
    assert actor_of(case, activity("reg", kind=Kind.REGISTRY, who=identity(account=None))) == case.account


def test_one_process_without_a_command_leaves_the_story_unread():
    assert command_recorded(story(acts=(activity("one"),)))
    assert not command_recorded(story(acts=(activity("one"), activity("two", command=None))))
