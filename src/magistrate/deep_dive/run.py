"""Runs the actions of T2 over the events of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.changes.find import find_changes
from magistrate.deep_dive.model import DeepDive
from magistrate.network.assess import assess_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.store.base import Store


def dive(store: Store, stories: Sequence[Story], context: Context) -> DeepDive:
    """Look deeper around the acting stories.

    Args:
        store: the events of the case.
        stories: all stories of the case.
        context: what the site knows.
    """
    return DeepDive(network=assess_network(store, stories, context), changes=find_changes(store, stories))
