"""Finds every network of a rule set that an address lies in, by one look-up for each length of prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.sigma.values import read_address, read_network

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONE: tuple[int, ...] = ()


class NetworkIndex:
    """The networks that leaves ask for.

    Args:
        networks: the network of each leaf.
    """

    def __init__(self, networks: Mapping[int, str]) -> None:
        self._by_mask: dict[tuple[int, int], dict[int, list[int]]] = {}
        for leaf, text in networks.items():
            version, prefix, mask = read_network(text)
            self._by_mask.setdefault((version, mask), {}).setdefault(prefix, []).append(leaf)

    def leaves_of(self, text: str) -> tuple[int, ...]:
        """Leaves whose network holds the address that a text is; none for other text."""
        address = read_address(text)
        if address is None:
            return _NONE
        kind, number = address
        found: list[int] = []
        for (version, mask), leaves in self._by_mask.items():
            if version == kind:
                found.extend(leaves.get(number & mask, _NONE))
        return tuple(found)
