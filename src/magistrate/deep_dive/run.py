"""Runs the actions of T2 over the events of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.changes.find import find_changes
from magistrate.deep_dive.model import DeepDive
from magistrate.intel.match import assess_intel
from magistrate.network.assess import assess_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.intel.model import IndicatorList
    from magistrate.store.base import Store


def dive(
    store: Store, stories: Sequence[Story], context: Context, lists: Sequence[IndicatorList] = ()
) -> DeepDive:
    """Look deeper around the acting stories.

    Args:
        store: the events of the case.
        stories: all stories of the case.
        context: what the site knows.
        lists: known values that the user gave.
    """
    return DeepDive(
        network=assess_network(store, stories, context),
        intel=assess_intel(store, stories, lists),
        changes=find_changes(store, stories),
    )
