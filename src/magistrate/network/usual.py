"""Destinations that are called at regular times by many hosts, and signs of packing: `usual.yml`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from magistrate.context.lookup import parse_address
from magistrate.errors import PlaybookError
from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from magistrate.context.model import Context

_FILE = "usual.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Usual(_Strict):
    """What a name stands for and where that was read."""

    what: str
    source: str


class Packing(_Strict):
    """A LIKE pattern in lower case for a part of a record: image, command or file."""

    part: Literal["image", "command", "file"]
    pattern: str
    source: str


class _Table(_Strict):
    suffixes: dict[str, Usual]
    packing: tuple[Packing, ...]


@cache
def _table() -> _Table:
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        return _Table.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error


def packing_patterns() -> tuple[Packing, ...]:
    """How packing files looks."""
    return _table().packing


def usual_name(name: str) -> str | None:
    """What a destination's name usually stands for; None when it is not on the list."""
    suffixes = _table().suffixes
    parts = name.lower().rstrip(".").split(".")
    ends = (".".join(parts[start:]) for start in range(len(parts)))
    return next((suffixes[end].what for end in ends if end in suffixes), None)


def is_own_usual(context: Context, destination: str, names: tuple[str, ...]) -> bool:
    """Whether the site's own list names a destination: by address, network or end of its name."""
    address = parse_address(destination)
    for entry in context.usual_destinations:
        try:
            network = ip_network(entry, strict=False)
        except ValueError:
            domain = entry.lower().strip(".")
            if any(name == domain or name.endswith(f".{domain}") for name in (*names, destination.lower())):
                return True
        else:
            if address is not None and address.version == network.version and address in network:
                return True
    return False
