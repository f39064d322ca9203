"""The shared results of the scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.scenarios.shared import Investigated, investigate_scenario

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def investigated(tmp_path_factory) -> Callable[[str], Investigated]:
    """Investigate a scenario by its name, once a session; tests that use it stand in the group `scenarios`."""
    done: dict[str, Investigated] = {}

    def get(name: str) -> Investigated:
        if name not in done:
            done[name] = investigate_scenario(name, tmp_path_factory.mktemp(name))
        return done[name]

    return get
