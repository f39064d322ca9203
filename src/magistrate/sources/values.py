"""Brings single values to the form of their column: null, number, truth, address, GUID."""

from __future__ import annotations

import ipaddress
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from magistrate.events.schema import column_types
from magistrate.sources.event_tree import whole_number
from magistrate.sources.mapping import Convert, load_mappings

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORT = 64  # longer texts are rare as numbers and addresses, and not worth the memory
_REMEMBERED = 4096
_BIGINT_MAX = (1 << 63) - 1
_ADDRESSES = ("SourceIp", "DestinationIp")
_QUOTED_PATHS = ("Image", "ParentImage")
_GUIDS = ("ProcessGuid", "ParentProcessGuid", "LogonGuid", "SourceProcessGuid", "SubcategoryGuid")


NULL_TEXTS = frozenset({"", "-", "null", "(null)", "NULL"})


def is_null(text: str | None) -> bool:
    """True for what logs write when there is no value: nothing, blanks, a dash, the word null."""
    if text is None:
        return True
    short = text.strip()
    return len(short) < 7 and short in NULL_TEXTS and (len(text) < 16 or not short)


@cache
def converters() -> Mapping[str, Convert]:
    """How each column takes a recorded text; columns that keep it as it is are not listed."""
    tables = load_mappings().values
    found: dict[str, Convert] = {}
    for column, kind in column_types().items():
        if kind == "bigint":
            found[column] = to_number
        elif kind == "bool":
            found[column] = lambda text: tables.booleans.get(text.strip().lower())
    for column in _GUIDS:
        found[column] = lambda text: text.strip().strip("{}").lower()
    for column in _ADDRESSES:
        found[column] = to_address
    for column in _QUOTED_PATHS:
        found[column] = _to_path
    found["LogonProcessName"] = str.strip
    found["LogonType"] = lambda text: tables.logon_types.get(text.strip().lower(), to_number(text))
    found["ResultCode"] = to_result_code
    found["IntegrityLevel"] = lambda text: tables.integrity_levels.get(text.strip(), text)
    found["Protocol"] = lambda text: tables.protocols.get(text.strip().lower(), text.strip().lower())
    return found


_BLANK = r"[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_BLANK_ENDS = f"^{_BLANK}|{_BLANK}$"
NULL_PATTERN = rf"^{_BLANK}*(?:-|null|\(null\)|NULL)?{_BLANK}*$"
"""Every text for which `is_null` may be true, as RE2 writes it; its `\\s` knows fewer blanks than Python."""


@cache
def changed_patterns() -> Mapping[str, str]:
    """For the columns whose converter leaves most texts as they are: what the others look like, as RE2 writes it."""
    return {
        **dict.fromkeys(_ADDRESSES, rf"[:\[\]]|{_BLANK_ENDS}"),
        **dict.fromkeys(_QUOTED_PATHS, rf'^["?]|{_BLANK_ENDS}'),
        **dict.fromkeys(_GUIDS, rf"[A-Z{{}}]|[^\x00-\x7f]|{_BLANK_ENDS}"),
        "LogonProcessName": _BLANK_ENDS,
    }


def to_number(text: str) -> int | None:
    """Whole number in decimal or hex; None when it is none or does not fit 64 bits with a sign."""
    if len(text) <= 18 and text.isascii() and text.isdecimal():
        return int(text)
    return _known_number(text) if len(text) <= _SHORT else _to_number(text)


def _to_number(text: str) -> int | None:
    number = whole_number(text)
    return number if number is not None and -_BIGINT_MAX <= number <= _BIGINT_MAX else None


def to_address(text: str) -> str:
    """Address without the IPv4-in-IPv6 form and without brackets; other text stays as recorded."""
    return _known_address(text) if len(text) <= _SHORT else _to_address(text)


def _to_address(text: str) -> str:
    plain = text.strip().strip("[]")
    if ":" not in plain:
        return plain  # an IPv4 address has one form only
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return plain
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


# The same logon ids and addresses come again and again.
_known_number = lru_cache(maxsize=_REMEMBERED)(_to_number)
_known_address = lru_cache(maxsize=_REMEMBERED)(_to_address)


def to_result_code(text: str) -> str:
    """WMI result code as 0x and eight hex digits."""
    number = whole_number(text)
    return text if number is None else f"0x{number & 0xFFFFFFFF:08X}"


def _to_path(text: str) -> str | None:
    # Sysmon writes "?" for a parent that is gone.
    plain = text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1]
    return None if plain in ("", "?") else plain
