"""Puts values from logs into printed commands so that they stay one harmless argument.

Names in logs are chosen by whoever made the host, account or subscription, so a printed command is a place where
an intruder could speak to the responder's shell. Two barriers: a value must have the shape of its kind (`host_name`,
`account_name`, `address`), and it is written as a quoted literal.
"""

from __future__ import annotations

import ipaddress
import json
import re
import unicodedata

from magistrate.redaction import MASK, mask_secrets

MAX_LENGTH = 256
MAX_WRITTEN = 350
"""Longest text that is put into a line, quotes and numbers included: three of them fit a line that nothing folds."""

_PIECES = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")  # runs of ASCII, and every other character alone
# Control, format (bidirectional and zero width), line and paragraph separators, surrogates, private use, unassigned.
_REFUSED_CATEGORIES = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})){0,10}")
_ACCOUNT = re.compile(r"[^\s\"'`/\\\[\]:;|=,+*?<>@(){}$&%#!~^\-.][^\"'`/\\\[\]:;|=,+*?<>@(){}&%#!~^]{0,62}")
_SID = re.compile(r"S-1(-[0-9]{1,15}){1,15}")


class RefusedValueError(ValueError):
    """A value that must not be put into a command; the message says why, without quoting the value."""


def quote_powershell(value: str) -> str:
    """Write a value as a PowerShell text in which nothing is expanded; see `powershell_text`.

    Raises:
        RefusedValueError: it is empty, longer than `MAX_LENGTH`, holds control, format or separator characters, which
            could hide or split what is printed, or holds a secret or the mask of one: a plan holds no password, and
            the mask names nothing that exists.
    """
    if not value:
        raise RefusedValueError("the value is empty")
    if len(value) > MAX_LENGTH:
        raise RefusedValueError(f"the value is longer than {MAX_LENGTH} characters")
    for character in value:
        if unicodedata.category(character) in _REFUSED_CATEGORIES:
            raise RefusedValueError(f"the value holds the character U+{ord(character):04X}")
    if MASK in value or mask_secrets(value)[1]:
        raise RefusedValueError("the value holds what looks like a password")
    written = powershell_text(value)
    if len(written) > MAX_WRITTEN:
        raise RefusedValueError(f"the value takes more than {MAX_WRITTEN} characters to write safely")
    return written


def powershell_text(value: str) -> str:
    """Any text as a PowerShell expression of ASCII characters that gives this very text.

    ASCII becomes one single-quoted text with its quotes doubled. Other characters are given by their numbers, such as
    `('m'+[char]0x00FC+'ller')`: PowerShell takes typographic quotes for quotes, and a file that one program writes as
    UTF-8 and another reads in an old code page turns harmless letters into them.
    """
    if value.isascii():
        return _single_quoted(value)
    parts = []
    for piece in _PIECES.findall(value):
        parts += (
            [_single_quoted(piece)] if piece.isascii() else [f"[char]0x{unit:04X}" for unit in _units(piece)]
        )
    # The first operand decides what + means, so that it has to be a text.
    first = [] if parts[0].startswith("'") else ["''"]
    return f"({'+'.join([*first, *parts])})"


def _single_quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _units(character: str) -> tuple[int, ...]:
    """UTF-16 units of a character; PowerShell holds text in these."""
    encoded = character.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(encoded[at : at + 2], "big") for at in range(0, len(encoded), 2))


def host_name(value: str) -> str:
    """Quote a host name.

    Raises:
        RefusedValueError: it is not a DNS or NetBIOS name.
    """
    if not _HOST.fullmatch(value):
        raise RefusedValueError("it does not have the form of a host name")
    return quote_powershell(value)


def account_name(value: str) -> str:
    r"""Quote an account name without its domain; a machine account keeps its `$`.

    Raises:
        RefusedValueError: it holds characters that Windows does not allow in account names, or that a shell reads.
    """
    if not _ACCOUNT.fullmatch(value):
        raise RefusedValueError("it does not have the form of an account name")
    return quote_powershell(value)


def full_account_name(value: str) -> str:
    r"""Quote an account as `DOMAIN\name`.

    Raises:
        RefusedValueError: domain or name do not have their form.
    """
    domain, separator, name = value.rpartition("\\")
    account_name(name)
    if separator and not (_HOST.fullmatch(domain) or _ACCOUNT.fullmatch(domain)):
        raise RefusedValueError("its domain does not have the form of a domain name")
    return quote_powershell(value)


def security_id(value: str) -> str:
    """Quote a SID.

    Raises:
        RefusedValueError: it is not a SID in text form.
    """
    if not _SID.fullmatch(value):
        raise RefusedValueError("it does not have the form of a SID")
    return quote_powershell(value)


def address(value: str) -> str:
    """Quote an IP address in its normal form.

    Raises:
        RefusedValueError: it is not an address, or one that must not be blocked (loopback, unspecified, multicast).
    """
    try:
        parsed = ipaddress.ip_address(value)
    except ValueError as error:
        raise RefusedValueError("it is not an IP address") from error
    if "%" in value or parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast:
        raise RefusedValueError("this address must not be blocked")
    return quote_powershell(str(parsed))


def netsh_address(value: str) -> str:
    """Write an IP address as netsh takes it; nothing else of a log is ever given to netsh.

    Raises:
        RefusedValueError: it is not an address, or one that must not be blocked.
    """
    return address(value)[1:-1]


def quote_json(value: str) -> str:
    """Write a value as JSON text in ASCII, so that it can stand in the body of a request.

    Raises:
        RefusedValueError: as `quote_powershell`.
    """
    quote_powershell(value)
    return json.dumps(value, ensure_ascii=True)
