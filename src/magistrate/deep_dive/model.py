"""The result of the deep dive: one part for each action of T2."""

from __future__ import annotations

from dataclasses import dataclass, field

from magistrate.changes.model import Changes
from magistrate.intel.model import Intel
from magistrate.network.model import Network


@dataclass(frozen=True, slots=True)
class DeepDive:
    """Everything that the actions of T2 found out; the report shows each part as a sheet."""

    network: Network = field(default_factory=Network)
    intel: Intel = field(default_factory=Intel)
    changes: Changes = field(default_factory=Changes)
