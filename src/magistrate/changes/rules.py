"""Which records are a change of the system: the table `changes.yml`, checked when it is read."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from magistrate.errors import PlaybookError
from magistrate.events.tables import CATEGORIES
from magistrate.strict_yaml import load_yaml

_FILE = "changes.yml"

Role = Literal["explanation", "preparation", "other"]
Scope = Literal["host", "policy"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Length(_Strict):
    """A length of time with where it comes from; the key names the unit."""

    value: int
    source: str


class Records(_Strict):
    """Records of one table; `pattern` narrows them to registry paths."""

    category: str
    ids: tuple[int, ...]
    pattern: str | None = None


class ChangeKind(_Strict):
    """One kind of change and how it reads."""

    title: str
    reads: str
    role: Role
    scope: Scope = "host"
    recorded_by: tuple[str, ...]
    source: str
    events: tuple[Records, ...]


class ChangeRules(_Strict):
    """The whole table."""

    windows: dict[str, Length]
    kinds: dict[str, ChangeKind]

    @property
    def before(self) -> timedelta:
        """How long before the first activity of a host a change still coincides."""
        return timedelta(hours=self.windows["before_hours"].value)

    @property
    def after(self) -> timedelta:
        """How long after the last activity of a host a change still coincides."""
        return timedelta(hours=self.windows["after_hours"].value)

    @property
    def policy_before(self) -> timedelta:
        """The same as `before` for policies, which take effect later."""
        return timedelta(hours=self.windows["policy_before_hours"].value)

    @property
    def near(self) -> timedelta:
        """How close to an activity a change by the same session is linked to it."""
        return timedelta(minutes=self.windows["near_minutes"].value)


@cache
def change_rules() -> ChangeRules:
    """Read the table.

    Raises:
        PlaybookError: a key, a category or a window is wrong or missing.
    """
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        rules = ChangeRules.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error
    unknown = {
        item.category
        for kind in rules.kinds.values()
        for item in kind.events
        if item.category not in CATEGORIES
    }
    if unknown or {"before_hours", "after_hours", "policy_before_hours", "near_minutes"} != set(
        rules.windows
    ):
        raise PlaybookError(
            f"{_FILE} names unknown tables {sorted(unknown)} or not the four windows.",
            hint="Correct the file.",
        )
    return rules
