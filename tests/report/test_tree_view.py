"""Processes as trees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.report.build import build_view
from magistrate.report.lineage_view import LineageView
from magistrate.report.timeline_view import Filter
from magistrate.report.tree_view import RELATED_ONLY, process_trees
from report.sample_case import HOST, SOURCE, sample_case


@pytest.fixture(scope="module")
def view():
    return build_view(sample_case())


def _member(key: str, parent: str | None, **other) -> LineageView:
    values = {
        "story_id": "S1", "key": key, "parent_key": parent, "parent_image": None, "relation": "descendant",
        "host": HOST, "utc": "2026-03-02T10:14:09.000000Z", "image": "C:\\Windows\\System32\\whoami.exe",
        "process_id": 9, "command": "whoami", "decoded": None, "account": "CORP\\user05", "evidence_ids": (key,),
    }  # fmt: skip
    return LineageView(**values | other)


def test_acts_stand_below_the_parent_that_they_name(view) -> None:
    root = process_trees(view)[0].targets[0].roots[0]

    assert (root.image.rpartition("\\")[2], root.note, len(root.children)) == (
        "WmiPrvSE.exe",
        RELATED_ONLY,
        2,
    )


def test_a_node_names_the_findings_on_it(view) -> None:
    assert "D1" in process_trees(view)[0].targets[0].roots[0].children[0].codes


def test_a_linked_process_joins_the_act_of_the_same_record(view) -> None:
    act = view.stories[0].processes[0]
    own = _member("k1", None, image=act.image, process_id=act.process_id, evidence_ids=act.evidence_ids)
    below = _member("k2", "k1")
    root = process_trees(replace(view, lineage=(own, below)))[0].targets[0].roots[0]

    assert [child.image for child in root.children[0].children] == ["C:\\Windows\\System32\\whoami.exe"]


def test_a_source_without_logs_says_so(view) -> None:
    source = process_trees(view)[0].sources[0]

    assert (source.host, source.roots, source.silent[:6]) == (SOURCE, (), "No log")


def test_a_circle_of_parents_is_cut(view) -> None:
    circle = (_member("k1", "k2"), _member("k2", "k1", process_id=10))
    trees = process_trees(replace(view, lineage=circle))

    assert trees[0].targets[0].size == 5


def test_the_filter_leaves_only_sessions_of_the_account(view) -> None:
    assert [item.story_id for item in process_trees(view, Filter(accounts=("SYSTEM",)))] == ["S2"]
