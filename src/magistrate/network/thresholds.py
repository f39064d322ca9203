"""The limits of this stage: `thresholds.yml`, checked when it is read."""

from __future__ import annotations

from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from magistrate.errors import PlaybookError
from magistrate.strict_yaml import load_yaml

_FILE = "thresholds.yml"


class Threshold(BaseModel):
    """A limit with its unit and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    unit: str
    source: str


class _Table(RootModel[dict[str, Threshold]]):
    pass


@cache
def thresholds() -> dict[str, Threshold]:
    """All limits by name.

    Raises:
        PlaybookError: the file is wrong.
    """
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        return _Table.model_validate(load_yaml(text, _FILE)).root
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error


def limit(name: str) -> float:
    """One limit.

    Raises:
        KeyError: there is no such limit.
    """
    return thresholds()[name].value
