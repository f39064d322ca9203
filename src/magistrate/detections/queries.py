"""SQL of this stage: one file a query in the folder `sql`, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def sql(name: str) -> str:
    """Text of a query by the name of its file.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def query_names() -> tuple[str, ...]:
    """Names of all queries of this stage, sorted."""
    folder = resources.files(__package__).joinpath("sql")
    return tuple(
        sorted(item.name.removesuffix(".sql") for item in folder.iterdir() if item.name.endswith(".sql"))
    )
