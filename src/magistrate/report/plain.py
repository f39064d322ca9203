"""Plain data: what views are made of, and how they become JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import Any

UNPUBLISHED = {"published": False}
"""Metadata of a field that no published document holds."""


@dataclass(frozen=True, slots=True)
class QuotedField:
    """One field of a record, as recorded."""

    field: str
    value: str


def plain(value: Any) -> Any:
    """Turn views and other stage data into what JSON can hold, keeping the order of fields; unpublished ones go."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name.rstrip("_"): plain(getattr(value, field.name)) for field in published_fields(value)
        }
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def published_fields(view: Any) -> list[dataclasses.Field[Any]]:
    """The fields of a view, or of its class, that published documents hold."""
    return [field for field in dataclasses.fields(view) if field.metadata.get("published", True)]
