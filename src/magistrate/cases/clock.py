"""The only place here that reads a clock or rolls dice: the time of an entry and the id of a new case."""

from __future__ import annotations

import base64
import getpass
import os
from datetime import UTC, datetime

ID_BYTES = 10  # 80 bits: no two cases of one site meet


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def new_case_id() -> str:
    """A new id such as `case-7f3k2m9qxa4bc6ph`: letters and digits that mean the same in any folder."""
    return "case-" + base64.b32encode(os.urandom(ID_BYTES)).decode("ascii").lower()


def system_user() -> str:
    """Name of the user of this process; `unknown` where the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without a name
        return "unknown"
