"""Names of executables, as an analyst compares them."""

from __future__ import annotations

from functools import lru_cache

SERVICE_LOGON_IDS: dict[int, str] = {0x3E7: "SYSTEM", 0x3E4: "NETSVC", 0x3E5: "LOCALSVC"}
"""Logon ids of the three service tokens (Windows security constants; telemetry notes 2.3)."""


def image_name(path: str | None) -> str:
    """File name of an executable path in lower case, quotes and blanks removed; empty when unknown."""
    if not path:
        return ""
    return path.strip().strip('"').replace("/", "\\").rsplit("\\", 1)[-1].lower()


@lru_cache(maxsize=8192)
def account_name(user: str | None) -> str:
    r"""Account part of DOMAIN\\name or name@domain in lower case; empty when unknown."""
    if not user:
        return ""
    return user.rsplit("\\", 1)[-1].split("@", 1)[0].strip().lower()


def may_be_one_account(first: str | None, second: str | None) -> bool:
    r"""Tell whether two names may be one account: the same name, and the same domain where both carry one.

    A short domain is compared with the first label of a full one (CORP, corp.example); `.` and `-` are no domain.
    False when a name is unknown.
    """
    if not account_name(first) or account_name(first) != account_name(second):
        return False
    one, other = _domain(first), _domain(second)
    if not one or not other or ("." in one) == ("." in other):
        return not one or not other or one == other
    return one.partition(".")[0] == other.partition(".")[0]


def _domain(user: str | None) -> str:
    """Domain of an account in lower case; empty when the name carries none."""
    name = (user or "").strip().lower()
    before, backslash, _ = name.rpartition("\\")
    domain = (before if backslash else name.partition("@")[2]).strip().rstrip(".")
    return "" if domain == "-" else domain


def is_machine_account(user: str | None) -> bool:
    """True for HOST$ names."""
    return account_name(user).endswith("$")


def short_host(host: str | None) -> str:
    """First label of a host name in lower case; addresses stay whole."""
    if not host:
        return ""
    name = host.strip().rstrip(".").lower()
    if ":" in name or name.replace(".", "").isdigit():
        return name
    return name.split(".", 1)[0]
