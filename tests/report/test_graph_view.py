"""The ways of accounts between hosts."""

from __future__ import annotations

from dataclasses import replace

from magistrate.report.build import build_view
from magistrate.report.graph_view import NODES, SAME_HOST, graph
from magistrate.report.timeline_view import Filter
from report.sample_case import HOST, SOURCE, sample_case


def test_a_session_is_a_way_from_source_through_account_to_target() -> None:
    way = graph(build_view(sample_case())).ways[0]

    assert (way.source, way.account, way.target, way.acts) == (SOURCE, "CORP\\user05", HOST, 2)


def test_background_comes_last_and_says_so() -> None:
    last = graph(build_view(sample_case())).ways[-1]

    assert (last.source, last.background) == (SAME_HOST, True)


def test_a_decisive_finding_marks_its_lines() -> None:
    found = graph(build_view(sample_case()))

    assert [edge.decisive for edge in (*found.out, *found.into)] == [False, True, True, False]


def test_many_names_are_counted_and_not_drawn() -> None:
    view = build_view(sample_case())
    stories = tuple(replace(view.stories[0], source_host=f"ws{number:03}") for number in range(NODES + 6))
    found = graph(replace(view, stories=stories))

    assert (len(found.sources), found.left_out, len(found.ways)) == (NODES, 6, NODES + 6)


def test_the_order_of_sessions_does_not_matter() -> None:
    view = build_view(sample_case())

    assert graph(view) == graph(replace(view, stories=view.stories[::-1]))


def test_a_filter_by_host_takes_either_end() -> None:
    view = build_view(sample_case())

    assert len(graph(view, Filter(hosts=(SOURCE,))).ways) == 1
