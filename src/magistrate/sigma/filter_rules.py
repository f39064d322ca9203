"""Reads filter documents and adds them to the rules they are meant for.

A filter's condition is joined to that of each rule by AND, so what a site wants left out stands under `not` in the
filter itself. It applies to rules that it names, or to any, whose log source has everything that its own names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from magistrate.sigma.tree import all_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.sigma.model import LogSource, Rule, RuleHead
    from magistrate.sigma.tree import Node

ANY = "any"


class FilterError(ValueError):
    """The filter is refused; the text says why."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as read. `rules` are ids or names of rules; an empty one means any rule."""

    head: RuleHead
    log_source: LogSource
    rules: frozenset[str]
    tree: Node


def filtered_names(section: object) -> frozenset[str]:
    """Ids and names of the rules that the section of a filter names; empty for any.

    Raises:
        FilterError: it does not say for which rules it is meant.
    """
    if not isinstance(section, dict):
        raise FilterError("the filter section is not a map")
    rules = section.get("rules")
    names = [rules] if isinstance(rules, str) else rules
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise FilterError("the filter does not say for which rules it is meant")
    if [name.lower() for name in names] == [ANY]:
        return frozenset()
    return frozenset(names)


def apply_filters(rules: Iterable[Rule], filters: Iterable[Filter]) -> tuple[list[Rule], list[Filter]]:
    """Add filters to the rules they are meant for.

    Returns:
        Every rule, and the filters that no rule was found for.
    """
    found = list(rules)
    idle = []
    for one in sorted(filters, key=lambda item: item.head.id):
        places = [place for place, rule in enumerate(found) if _is_meant(one, rule)]
        for place in places:
            found[place] = replace(found[place], tree=all_of([found[place].tree, one.tree]))
        if not places:
            idle.append(one)
    return found, idle


def _is_meant(one: Filter, rule: Rule) -> bool:
    if one.rules and one.rules.isdisjoint({rule.head.id, rule.head.name} - {""}):
        return False
    return all(
        not wanted or wanted == given
        for wanted, given in (
            (one.log_source.product, rule.log_source.product),
            (one.log_source.category, rule.log_source.category),
            (one.log_source.service, rule.log_source.service),
        )
    )
