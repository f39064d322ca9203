"""The SQL of this stage, kept as `.sql` files in `sql/` beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.store.base import Row, Store


@cache
def query_text(name: str) -> str:
    """Text of `sql/<name>.sql`."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def rows_of(store: Store, name: str) -> list[Row]:
    """Run one query of this stage by name."""
    return store.query(query_text(name), name=f"activity/{name}")
