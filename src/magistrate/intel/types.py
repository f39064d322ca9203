"""What the types of lists mean: the table `types.yml`, checked when it is read."""

from __future__ import annotations

from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, ValidationError

from magistrate.errors import PlaybookError
from magistrate.intel.model import ValueKind  # noqa: TC001 - part of the runtime type of a field
from magistrate.strict_yaml import load_yaml

_FILE = "types.yml"


class Types(BaseModel):
    """The kinds of values by the words of each format, in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    csv: dict[str, ValueKind]
    misp: dict[str, ValueKind]
    stix: dict[str, ValueKind]
    sources: dict[str, str]


@cache
def list_types() -> Types:
    """Read the table.

    Raises:
        PlaybookError: the file is wrong.
    """
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        return Types.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error
