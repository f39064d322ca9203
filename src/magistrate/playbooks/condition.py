"""Trees of all, any and not over named facts; and the base of everything read from a content file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Content(BaseModel):
    """Base of everything read from a content file: frozen, strict in types, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class AllOf(Content):
    """Holds when every part holds."""

    all: tuple[Condition, ...]


class AnyOf(Content):
    """Holds when at least one part holds."""

    any: tuple[Condition, ...]


class Not(Content):
    """Holds when its part does not."""

    model_config = ConfigDict(populate_by_name=True)

    negated: Condition = Field(alias="not")


Condition = str | AllOf | AnyOf | Not


def condition_facts(condition: Condition) -> tuple[str, ...]:
    """Names of all facts of a condition, sorted, each once."""
    if isinstance(condition, str):
        return (condition,)
    if isinstance(condition, Not):
        return condition_facts(condition.negated)
    parts = condition.all if isinstance(condition, AllOf) else condition.any
    return tuple(sorted({name for part in parts for name in condition_facts(part)}))
