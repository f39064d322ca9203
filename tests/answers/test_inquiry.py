"""What approaches share."""

from __future__ import annotations

from answers.cases import activity, story
from magistrate.activity.model import Story
from magistrate.answers.inquiry import latest_of_each_habit


def test_hosts_of_a_story_are_worked_out_once_however_many_acts_it_has(monkeypatch):
    asked = []
    hosts = Story.hosts.fget
    monkeypatch.setattr(Story, "hosts", property(lambda item: asked.append(item.id) or hosts(item)))
    case = story(acts=tuple(activity(f"a{i}", i, command=f"cmd /c echo {i}") for i in range(50)))

    assert latest_of_each_habit((case,)) == (case,)
    assert asked == ["s-1"]
