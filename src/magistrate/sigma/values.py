"""What one leaf says of the values of its field: the exact meaning of every test.

A field has no value (the event does not carry it), one value, or several (unnamed data, or a key written twice). A
value is text, or None where the record carries the field without a value. A test on text is true when one value
passes it.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from magistrate.sigma.folding import fold
from magistrate.sigma.regex import is_found
from magistrate.sigma.tree import Check, Leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Values = tuple[str | None, ...]

_REMEMBERED = 4096
_IPV6 = 6
_MAPPED = 96  # the prefix of IPv4 addresses inside IPv6
_LONGEST_ADDRESS = 100  # an IPv6 address with a long zone
_ASCII_SPACE = " \t\r\n"
_VERSION4 = 4
_QUAD = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(r"\.".join([_QUAD] * 4), re.ASCII)


def column_text(value: object) -> Values:
    """The value of a column as a record would write it; empty when it is null."""
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (str(value),)


def holds(leaf: Leaf, values: Values) -> bool:
    """Tell whether a leaf other than FIELD is true of the values of its field."""
    if leaf.check is Check.NULL:
        return all(value is None for value in values)
    if leaf.check is Check.EXISTS:
        return bool(values)
    return any(passes(leaf, value) for value in values)


def passes(leaf: Leaf, value: str | None) -> bool:
    """Tell whether one value passes a test on text. A value that is None passes as the empty text it is read as."""
    if value is None:
        return leaf.check is Check.EQUALS and leaf.text == ""
    return _TESTS[leaf.check](leaf, value)


def field_holds(leaf: Leaf, values: Values, others: Values) -> bool:
    """Tell whether a FIELD leaf is true: one value compares with one value of the other field, without case."""
    mine = [fold(value) for value in values if value is not None]
    theirs = [fold(value) for value in others if value is not None]
    compare = _COMPARE_TEXT[leaf.detail]
    return any(compare(one, other) for one in mine for other in theirs)


def _text(leaf: Leaf, value: str) -> bool:
    return _COMPARE_TEXT[leaf.check](value if leaf.cased else fold(value), leaf.text)


_COMPARE_TEXT: dict[str, Callable[[str, str], bool]] = {
    Check.EQUALS: lambda value, text: value == text,
    Check.STARTS: lambda value, text: value.startswith(text),
    Check.ENDS: lambda value, text: value.endswith(text),
    Check.CONTAINS: lambda value, text: text in value,
}


def _pattern(leaf: Leaf, value: str) -> bool:
    return matches_pattern(leaf.text, value if leaf.cased else fold(value))


def _regex(leaf: Leaf, value: str) -> bool:
    return is_found(leaf.text, value)


def _cidr(leaf: Leaf, value: str) -> bool:
    return in_network(leaf.text, value)


def _compare(leaf: Leaf, value: str) -> bool:
    number = read_number(value)
    if number is None:
        return False
    limit = read_number(leaf.text)
    if limit is None:
        return False
    return _ORDER[leaf.detail](number, limit)


_ORDER: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
}


def _time(leaf: Leaf, value: str) -> bool:
    moment = read_moment(value)
    if moment is None:
        return False
    part = moment.isocalendar().week if leaf.detail == "week" else getattr(moment, leaf.detail)
    return str(part) == leaf.text


_TESTS: dict[Check, Callable[[Leaf, str], bool]] = {
    Check.EQUALS: _text,
    Check.STARTS: _text,
    Check.ENDS: _text,
    Check.CONTAINS: _text,
    Check.PATTERN: _pattern,
    Check.REGEX: _regex,
    Check.CIDR: _cidr,
    Check.COMPARE: _compare,
    Check.TIME: _time,
}


def read_number(text: str) -> float | int | None:
    """A decimal or hexadecimal number; None when it is none."""
    plain = text.strip(_ASCII_SPACE)
    if not plain.isascii() or len(plain) > 40 or "_" in plain:
        return None
    try:
        return int(plain, 16 if plain[:2].lower() == "0x" else 10)
    except ValueError:
        pass
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if abs(number) != float("inf") and number == number else None


def read_moment(text: str) -> datetime | None:
    """A time as Windows logs write it; None when it is none. The zone is left as written."""
    try:
        return datetime.fromisoformat(text.strip(_ASCII_SPACE).replace("/", "-"))
    except ValueError:
        return None


def in_network(network: str, text: str) -> bool:
    """Tell whether a text is an address inside a network; an IPv4 address written inside IPv6 counts as IPv4."""
    version, prefix, mask = read_network(network)
    address = read_address(text)
    return address is not None and address[0] == version and address[1] & mask == prefix


def read_address(text: str) -> tuple[int, int] | None:
    """Version and number of an address; None for other text."""
    plain = text.strip(_ASCII_SPACE).strip("[]")
    if len(plain) > _LONGEST_ADDRESS:
        return None
    if quads := _IPV4.fullmatch(plain):  # the common form, many times faster than the library
        one, two, three, four = map(int, quads.groups())
        return _VERSION4, one << 24 | two << 16 | three << 8 | four
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    return address.version, int(address)


@lru_cache(maxsize=_REMEMBERED)
def read_network(text: str) -> tuple[int, int, int]:
    """Version, number and mask of a network; one that lies inside the mapped addresses is an IPv4 network."""
    network = ipaddress.ip_network(text)
    if (
        network.version == _IPV6
        and network.prefixlen >= _MAPPED
        and (first := getattr(network.network_address, "ipv4_mapped", None))
    ):
        network = ipaddress.ip_network((int(first), network.prefixlen - _MAPPED))
    return network.version, int(network.network_address), int(network.netmask)


@lru_cache(maxsize=_REMEMBERED)
def pattern_parts(pattern: str) -> tuple[tuple[str | None, ...], ...]:
    """The stretches of a pattern between its `*`: characters, and None for a `?`."""
    stretches: list[list[str | None]] = [[]]
    escaped = False
    for character in pattern:
        if escaped or character not in "\\*?":
            stretches[-1].append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "?":
            stretches[-1].append(None)
        else:
            stretches.append([])
    return tuple(map(tuple, stretches))


def matches_pattern(pattern: str, value: str) -> bool:
    """Tell whether a whole value fits a pattern, in time bounded by length of pattern times length of value."""
    stretches = pattern_parts(pattern)
    first, last = stretches[0], stretches[-1]
    if len(stretches) == 1:
        return len(first) == len(value) and _fits(first, value, 0)
    end = len(value) - len(last)
    if end < len(first) or not _fits(first, value, 0) or not _fits(last, value, end):
        return False
    at = len(first)
    for stretch in stretches[1:-1]:
        found = _find(stretch, value, at, end)
        if found < 0:
            return False
        at = found + len(stretch)
    return True


@lru_cache(maxsize=_REMEMBERED)
def pattern_regex(pattern: str) -> str:
    """The same pattern for the linear-time engine, which takes many values at once."""
    stretches = (
        "".join("." if item is None else _quoted(item) for item in one) for one in pattern_parts(pattern)
    )
    return r"(?s)\A" + ".*".join(stretches) + r"\z"


def _quoted(character: str) -> str:
    if character.isalnum() or not character.isascii():
        return character
    return f"\\x{ord(character):02x}"


def _fits(stretch: Sequence[str | None], value: str, at: int) -> bool:
    return all(want is None or want == value[at + offset] for offset, want in enumerate(stretch))


def _find(stretch: Sequence[str | None], value: str, at: int, end: int) -> int:
    """First place between at and end where a stretch fits; -1 when there is none."""
    if None not in stretch:
        return value.find("".join(map(str, stretch)), at, end)
    # `end - len` may lie before `at`: then the range is empty.
    return next((place for place in range(at, end - len(stretch) + 1) if _fits(stretch, value, place)), -1)
