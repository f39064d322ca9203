"""The simulated estate: twelve attacks among what the tools and people of a site do every day, judged story by story.

`MAGISTRATE_ESTATE=full` runs 30 hosts over 45 days; the default is a slice of 15 hosts and 21 days with all attacks.
"""

from __future__ import annotations

import os

import pytest
from tests.acceptance.estate_measure import Scores, Site, measure, render

SIZE = os.environ.get("MAGISTRATE_ESTATE", "slice")
EVERY = 1 if SIZE == "full" else 6
"""Of the slice's stories of no attack one in this many is decided, so that the suite stays quick."""
MOST_FALSE_ALARMS = 1 / 500


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return render(SIZE, tmp_path_factory.mktemp("estate"))


@pytest.fixture(scope="module")
def told(site) -> Scores:
    """With context and history."""
    return _shown(measure(site, given=True, every=EVERY), "with context and history")


@pytest.fixture(scope="module")
def untold(site) -> Scores:
    """Without either."""
    if SIZE != "full":
        pytest.skip("run with MAGISTRATE_ESTATE=full")
    return _shown(measure(site, given=False, every=EVERY), "without")


def _bytes_of(site: Site) -> dict[str, bytes]:
    files = [path for folder in ("learned", "judged") for path in (site.folder / folder).rglob("*.json*")]
    assert files
    return {path.relative_to(site.folder).as_posix(): path.read_bytes() for path in files}


def _shown(scores: Scores, name: str) -> Scores:
    print("\n".join(["", *scores.lines(name)]))
    for item in scores.false_alarms:
        story = item.story
        codes = sorted({f.code for f in item.findings if f.story_id == story.id})
        print(
            f"  {story.id} {story.account} {story.first} {item.decision.disposition} {item.decision.rule} {codes}"
        )
    return scores


@pytest.mark.xdist_group("estate")
def test_the_same_size_gives_the_same_bytes(site, tmp_path):
    again = render(SIZE, tmp_path)

    assert _bytes_of(again) == _bytes_of(site)


@pytest.mark.xdist_group("estate")
def test_every_planted_attack_is_escalated_with_context_and_history(told):
    assert told.missed == []


@pytest.mark.xdist_group("estate")
def test_no_story_of_an_attack_is_closed_with_context_and_history(told):
    assert told.wrongly_closed == []


@pytest.mark.xdist_group("estate")
def test_at_most_one_benign_story_in_500_is_escalated_with_context_and_history(told):
    assert len(told.false_alarms) <= len(told.benign) * MOST_FALSE_ALARMS


@pytest.mark.xdist_group("estate")
def test_every_planted_attack_is_escalated_without_context(untold):
    assert untold.missed == []


@pytest.mark.xdist_group("estate")
def test_nothing_is_closed_without_context(untold):
    assert untold.wrongly_closed == []
