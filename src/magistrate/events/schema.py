"""The only list of event columns, read from `columns.csv` beside this module.

Names are Sysmon and Sigma spelling, so that published rules run unrenamed and an analyst can compare a
quoted field with the original event one to one. Each column also carries its ECS and OCSF name for exports.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

ColumnType = Literal["text", "bigint", "timestamp", "bool"]

RECORD_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("evidence_id", "text"),
    ("Timestamp", "timestamp"),
    ("host", "text"),
    ("Channel", "text"),
    ("Provider", "text"),
    ("EventID", "bigint"),
    ("RecordId", "bigint"),
    ("stored", "bool"),
    ("recovered", "bool"),
    ("file_sha256", "text"),
    ("file", "text"),
    ("locator", "text"),
)
"""Columns of the slim row that every record read leaves, stored or not."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a stored event."""

    name: str
    type: ColumnType
    ecs: str
    ocsf: str
    description: str


@cache
def columns() -> tuple[Column, ...]:
    """All columns in storage order.

    Raises:
        ValueError: the table repeats a name or holds an unknown type.
    """
    text = resources.files(__package__).joinpath("columns.csv").read_text(encoding="utf-8")
    rows = tuple(
        Column(row["name"], cast("ColumnType", row["type"]), row["ecs"], row["ocsf"], row["description"])
        for row in csv.DictReader(text.splitlines())
    )
    names = [row.name for row in rows]
    if len(set(names)) != len(names):
        raise ValueError("columns.csv repeats a column name")
    if bad := {row.type for row in rows} - {"text", "bigint", "timestamp", "bool"}:
        raise ValueError(f"columns.csv has unknown types {sorted(bad)}")
    return rows


@cache
def column_types() -> dict[str, ColumnType]:
    """Type of each column by its name."""
    return {column.name: column.type for column in columns()}
