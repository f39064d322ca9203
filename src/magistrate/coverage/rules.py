"""Reads the tables of capabilities, grades and tamper signs beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from magistrate.coverage.model import Proof  # noqa: TC001 - pydantic reads the annotation at run time
from magistrate.strict_yaml import load_yaml


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(_Table):
    """A threshold with its unit and where it comes from."""

    value: int = Field(gt=0)
    unit: str
    origin: str


class Lacking(_Table):
    """Records in which the proof would stand; `proof` is the result when it stands in none of them."""

    proof: Proof
    query: str


class CapabilityRule(_Table):
    """How one capability is proved.

    `absent` is the result when no record proves it although its channel covers the time: off, unknown, or
    default_off where Windows does not record it unless told to.
    """

    name: str
    title: str
    records: str
    channels: tuple[str, ...]
    when: Literal["near", "any"]
    absent: Literal["off", "unknown", "default_off"]
    query: str
    lacking: Lacking | None = None
    partial_because: str | None = None
    enable: str
    subcategory: str | None = None
    source: str


class GradeRule(_Table):
    """What a grade needs."""

    grade: str
    on: tuple[str, ...] = ()
    at_least_partial: tuple[str, ...] = ()
    any_on: tuple[str, ...] = ()


class CapabilityTable(_Table):
    """`capabilities.yml`."""

    limits: dict[str, Limit]
    capabilities: tuple[CapabilityRule, ...]
    grades: tuple[GradeRule, ...]


class SignRule(_Table):
    """One tamper sign; its query gives host, utc, evidence_id, scored and detail."""

    name: str
    what: str
    explanation: str
    query: str
    source: str


class SilenceRule(_Table):
    """Words of the sign that is found by measuring gaps."""

    what: str
    explanation: str
    source: str


class TamperTable(_Table):
    """`tamper.yml`."""

    limits: dict[str, Limit]
    silence: SilenceRule
    signs: tuple[SignRule, ...]


@cache
def capability_table() -> CapabilityTable:
    """The table of capabilities and grades."""
    return CapabilityTable.model_validate(_read("capabilities.yml"))


@cache
def tamper_table() -> TamperTable:
    """The table of tamper signs."""
    return TamperTable.model_validate(_read("tamper.yml"))


def _read(name: str) -> object:
    text = resources.files("magistrate.coverage").joinpath(name).read_text(encoding="utf-8")
    return load_yaml(text, f"coverage/{name}")
