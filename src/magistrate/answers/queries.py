"""The SQL of this stage, kept as `.sql` files in `sql/` beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.store.base import Row, Store, Value


@cache
def query_text(name: str) -> str:
    """Text of `sql/<name>.sql`."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def rows_of(store: Store, name: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
    """Run one query of this stage by name."""
    return store.query(query_text(name), parameters, name=f"answers/{name}")
