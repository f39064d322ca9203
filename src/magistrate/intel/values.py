"""Normal forms of compared values, and the values that never say anything: `common.yml`."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, ValidationError

from magistrate.context.lookup import is_public_address, parse_address
from magistrate.errors import PlaybookError
from magistrate.intel.model import ValueKind
from magistrate.strict_yaml import load_yaml

_FILE = "common.yml"
LONGEST = 4096
"""Most characters of a value; a longer one is refused."""

_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
_SHORTEST = {
    ValueKind.COMMAND: 8,
    ValueKind.QUERY: 8,
    ValueKind.WMI_NAME: 3,
    ValueKind.PIPE: 3,
    ValueKind.FILE: 4,
}


class _Common(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ValueKind
    value: str
    what: str
    source: str


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    values: tuple[_Common, ...]


@cache
def common_values() -> dict[tuple[ValueKind, str], str]:
    """Values so usual that a match says nothing, with what they are.

    Raises:
        PlaybookError: the file is wrong.
    """
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        table = _Table.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error
    return {(item.kind, item.value): item.what for item in table.values}


def normal(kind: ValueKind, raw: str) -> str:
    """The form in which values are compared.

    Raises:
        ValueError: it is no value of that kind, or one that never says anything; the text is the reason.
    """
    value = raw.strip().lower()
    if not value:
        raise ValueError("empty value")
    if len(value) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    value = _form(kind, value)
    if len(value) < _SHORTEST.get(kind, 1):
        raise ValueError("too short to compare")
    if (kind, value) in common_values():
        raise ValueError(f"too common to say anything: {common_values()[(kind, value)]}")
    return value


def _form(kind: ValueKind, value: str) -> str:
    if kind is ValueKind.HASH:
        if not _HASH.fullmatch(value):
            raise ValueError("not an MD5, SHA-1 or SHA-256")
        return value
    if kind is ValueKind.ADDRESS:
        address = parse_address(refanged(value))
        if address is None:
            raise ValueError("not an address")
        if not is_public_address(str(address)):
            raise ValueError("not a public address")
        return str(address)
    if kind is ValueKind.DOMAIN:
        value = refanged(value).rstrip(".")
        if not _DOMAIN.fullmatch(value):
            raise ValueError("not a domain name")
        return value
    if kind is ValueKind.URL:
        value = refanged(value)
        if not value.startswith(("http://", "https://", "ftp://")):
            raise ValueError("not a URL")
        return value
    if kind is ValueKind.FILE:
        return value.replace("/", "\\").rpartition("\\")[2]
    if kind is ValueKind.PIPE:
        return value.removeprefix("\\\\.\\pipe").lstrip("\\")
    return " ".join(value.split())


def refanged(value: str) -> str:
    """A value without the brackets that lists put in so that nobody clicks on it."""
    return value.replace("hxxp", "http", 1).replace("[.]", ".").replace("[:]", ":")
