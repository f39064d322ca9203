"""The SQL of this stage, kept as `.sql` files in `sql/` beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def query_text(name: str) -> str:
    """Text of `sql/<name>.sql`."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def flow_query(name: str) -> str:
    """Text of a query over `flow`: all connections of the case whoever recorded them."""
    return query_text("flow") + query_text(name)
