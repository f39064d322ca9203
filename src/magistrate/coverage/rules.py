"""Reads the tables of capabilities, settings, roles, grades and tamper signs beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from magistrate.coverage.model import Proof, Setting, SettingKind
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
    default_off where Windows does not record it unless told to. `role` is the only role that can record it;
    `impossible` lists hosts that cannot for another reason. `settings` names rows of `settings.yml`.
    """

    name: str = Field(pattern="^[a-z_]+$")  # stands in SQL text
    title: str
    records: str
    channels: tuple[str, ...]
    when: Literal["near", "any"]
    absent: Literal["off", "unknown", "default_off"]
    query: str
    lacking: Lacking | None = None
    partial_because: str | None = None
    enable: str = ""
    settings: tuple[str, ...]
    subcategory: str | None = None
    role: str | None = None
    impossible: str | None = None
    source: str

    @property
    def turn_on(self) -> str:
        """The command that turns it on: its own text, or that of its first setting."""
        return self.enable or setting_table()[self.settings[0]].command

    @property
    def opened_by(self) -> tuple[Setting, ...]:
        """The settings that open it, the first one is the usual one."""
        return tuple(setting_table()[name] for name in self.settings)


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


class SettingRule(_Table):
    """One row of `settings.yml`."""

    name: str
    kind: SettingKind
    target: str
    command: str
    gpo: str
    source: str


class SettingTable(_Table):
    """`settings.yml`."""

    settings: tuple[SettingRule, ...]


class FurtherTable(_Table):
    """`further.yml`: capabilities that no grade rests on."""

    capabilities: tuple[CapabilityRule, ...]


class RoleRule(_Table):
    """What shows a role; its query gives host and evidence_id. `shown_by` continues "because"."""

    name: Literal["domain_controller", "member"]
    title: str
    shown_by: str
    query: str
    source: str


class RoleTable(_Table):
    """`roles.yml`."""

    roles: tuple[RoleRule, ...]


class SignRule(_Table):
    """One tamper sign; its query gives host, utc, evidence_id, scored and detail.

    `takes` names the channels whose records the sign takes away: channel names, `detail` for the channel that the
    detail names, `*` for all; nothing where it takes none. `cuts` says whether all that stands near the sign may be
    missing or only what comes after it. `reads` says how the detail is put in words. `unless` names signs of the
    same host and detail that explain this one.
    """

    name: str
    what: str
    explanation: str
    query: str
    takes: tuple[str, ...] = ()
    cuts: Literal["window", "after"] = "window"
    reads: Literal["text", "audit_change", "clock"] = "text"
    unless: tuple[str, ...] = ()
    source: str


class SilenceRule(_Table):
    """Words of a sign that is found by measuring, not by a record."""

    what: str
    explanation: str
    source: str


class TamperTable(_Table):
    """`tamper.yml`."""

    limits: dict[str, Limit]
    silence: SilenceRule
    host_silence: SilenceRule
    holes: SilenceRule
    signs: tuple[SignRule, ...]


@cache
def capability_table() -> CapabilityTable:
    """The table of capabilities and grades."""
    return CapabilityTable.model_validate(_read("capabilities.yml"))


@cache
def further_table() -> tuple[CapabilityRule, ...]:
    """Capabilities that add to those of the grades."""
    return FurtherTable.model_validate(_read("further.yml")).capabilities


@cache
def role_table() -> tuple[RoleRule, ...]:
    """What shows the role of a host, in the order in which it is tried."""
    return RoleTable.model_validate(_read("roles.yml")).roles


@cache
def setting_table() -> dict[str, Setting]:
    """Every setting by its name.

    Raises:
        ValueError: the table repeats a name.
    """
    rules = SettingTable.model_validate(_read("settings.yml")).settings
    found = {
        rule.name: Setting(rule.name, rule.kind, rule.target, rule.command, rule.gpo, rule.source)
        for rule in rules
    }
    if len(found) != len(rules):
        raise ValueError("settings.yml repeats a name")
    return found


@cache
def tamper_table() -> TamperTable:
    """The table of tamper signs."""
    return TamperTable.model_validate(_read("tamper.yml"))


def _read(name: str) -> object:
    text = resources.files("magistrate.coverage").joinpath(name).read_text(encoding="utf-8")
    return load_yaml(text, f"coverage/{name}")
