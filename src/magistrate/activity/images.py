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
