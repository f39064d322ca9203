"""The form of the context file, key by key. What a key must hold is checked here; unknown keys are refused."""

from __future__ import annotations

import csv
import ipaddress
import re
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from magistrate.context.hours import parse_hours
from magistrate.context.shapes import shape_problem

MAX_TERM = timedelta(days=365)  # triage practice 2.14
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def excusable_findings() -> dict[str, bool]:
    """Every finding id that `excuses` may name, and whether the register may excuse it."""
    text = resources.files("magistrate.context").joinpath("excusable.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    if len({row["code"] for row in rows}) != len(rows):
        raise ValueError("excusable.csv repeats a code")
    return {row["code"]: row["excusable"] == "yes" for row in rows}


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _date(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date such as 2026-12-31")
    return value


def _instant(value: object) -> object:
    form = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})"
    if not isinstance(value, str) or not re.fullmatch(form, value):
        raise ValueError("must be a time with its zone, such as 2026-03-02T08:00:00Z")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value[:60]!r} is not a time zone; write one such as Europe/Berlin") from error
    return value


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise ValueError(f"{value[:60]!r} is not an address") from error


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f"{value[:60]!r} is not a network such as 10.0.0.0/8 (host bits zero)") from error


def _source(value: str) -> str:
    if "*" in value or value.lower() in ("any", "all", "<any>"):
        raise ValueError("a source is one address, host or tag:<tag>, never all of them")
    if "/" in value:
        network = ipaddress.ip_network(_network(value))
        if network.num_addresses > 256:
            raise ValueError("a source network is at most 256 addresses wide")
    return value


def _sid(value: str) -> str:
    if not re.fullmatch(r"S-1(-[0-9]{1,15}){1,15}", value):
        raise ValueError("must be a SID such as S-1-5-21-1-2-3-1104; names can be given to anyone")
    return value


def _shape(value: str) -> str:
    if problem := shape_problem(value):
        raise ValueError(problem)
    return value


def _excuse(value: str) -> str:
    known = excusable_findings()
    code = "D2-unscoped" if value == "D2" else value
    if code not in known:
        raise ValueError(f"{value[:40]!r} is not a finding that can be excused")
    if not known[code]:
        raise ValueError(f"{code} cannot be excused by anyone")
    return value


def _file(value: str) -> str:
    parts = value.replace("\\", "/").split("/")
    if value.startswith(("/", "\\")) or ":" in value or ".." in parts:
        raise ValueError("name a file in the folder of the context file or below it")
    if not value.lower().endswith((".csv", ".ics")):
        raise ValueError("a ticket file ends in .csv or .ics")
    return value


def _entry_hours(value: str) -> str:
    span, _, zone = value.partition(" ")
    parse_hours(span)
    if not zone:
        raise ValueError("hours need a zone, such as 01:00-05:00 Europe/Berlin")
    _zone(zone)
    return value


def _business_hours(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("hours are written 07:00-19:00")
    start, end = parse_hours(value)
    if start % 60 or end % 60 or start >= end:
        raise ValueError("business hours are whole hours, the start before the end")
    return start // 60, end // 60


def _day(value: object) -> object:
    if value not in _DAYS:
        raise ValueError("days are written mon, tue, wed, thu, fri, sat, sun")
    return _DAYS.index(str(value))


Text = Annotated[str, AfterValidator(_text)]
Day = Annotated[date, BeforeValidator(_date)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Zone = Annotated[Text, AfterValidator(_zone)]
Address = Annotated[Text, AfterValidator(_address)]
Tier = Annotated[int, Field(strict=True, ge=0, le=2)]


class _Entry(BaseModel):
    """Common strictness: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AssetEntry(_Entry):
    """A host of the site."""

    name: Text
    addresses: tuple[Address, ...] = ()
    role: Literal["unknown", "workstation", "server", "dc", "backup", "pki", "management"] = "unknown"
    tier: Tier | None = None
    tags: tuple[Text, ...] = ()
    zone: Zone | None = None


class AccountEntry(_Entry):
    """What an account is for."""

    name: Text
    sid: Annotated[Text, AfterValidator(_sid)] | None = None
    purpose: Text
    tier: Tier | None = None
    targets: tuple[Text, ...] = ()
    sources: tuple[Text, ...] = ()


class TicketEntry(_Entry):
    """A change or exercise ticket."""

    id: Text
    hosts: Annotated[tuple[Text, ...], Field(min_length=1)]
    accounts: Annotated[tuple[Text, ...], Field(min_length=1)]
    start: Instant
    end: Instant
    kind: Literal["change", "exercise"] = "change"
    approved_by: Text | None = None

    @model_validator(mode="after")
    def _agree(self) -> TicketEntry:
        if self.end <= self.start:
            raise ValueError("the end must lie after the start")
        if self.kind == "exercise" and self.approved_by is None:
            raise ValueError("an exercise needs approved_by")
        return self


class TargetsEntry(_Entry):
    """Where a register entry applies."""

    role: Literal["workstation", "server", "dc", "backup", "pki", "management"] | None = None
    hosts: tuple[Text, ...] = ()
    exclude_tags: tuple[Text, ...] = ()


class RegisterEntry(_Entry):
    """One entry of the known-good register (triage practice 2.14)."""

    id: Text
    purpose: Text
    account_sid: Annotated[Text, AfterValidator(_sid)]
    account_name: Text | None = None
    sources: Annotated[tuple[Annotated[Text, AfterValidator(_source)], ...], Field(min_length=1)]
    targets: TargetsEntry = TargetsEntry()
    parent: Text | None = None
    shape: Annotated[Text, AfterValidator(_shape)]
    hours: Annotated[Text, AfterValidator(_entry_hours)] | None = None
    excuses: tuple[Annotated[Text, AfterValidator(_excuse)], ...] = ()
    owner: Text
    ticket: Text | None = None
    approved_by: Text
    approved: Day | None = None
    expires: Day

    @model_validator(mode="after")
    def _term(self, info: ValidationInfo) -> RegisterEntry:
        """Refuse a term of more than a year, counted from the approval, else from the day that the caller names."""
        today: date | None = (info.context or {}).get("today")
        start = self.approved or today
        if start is not None and self.expires - start > MAX_TERM:
            raise ValueError(
                f"expires more than {MAX_TERM.days} days after {start}; approve it again each year"
            )
        if self.approved is not None and self.expires <= self.approved:
            raise ValueError("expires before it was approved")
        return self


class ContextFile(_Entry):
    """The whole file; every key may be left out."""

    zone: Zone | None = None
    business_hours: Annotated[tuple[int, int], BeforeValidator(_business_hours)] = (7, 19)
    business_days: tuple[Annotated[int, BeforeValidator(_day)], ...] = (0, 1, 2, 3, 4)
    holidays: tuple[Day, ...] = ()
    management: tuple[Text, ...] = ()
    assets: tuple[AssetEntry, ...] = ()
    accounts: tuple[AccountEntry, ...] = ()
    own_networks: tuple[Annotated[Text, AfterValidator(_network)], ...] = ()
    usual_destinations: tuple[Text, ...] = ()
    responders: tuple[Text, ...] = ()
    tickets: tuple[TicketEntry, ...] = ()
    tickets_from: tuple[Annotated[Text, AfterValidator(_file)], ...] = ()
    holidays_from: tuple[Annotated[Text, AfterValidator(_file)], ...] = ()
    register_: Annotated[tuple[RegisterEntry, ...], Field(alias="register")] = ()
    cold_start_waiver: Text | None = None
