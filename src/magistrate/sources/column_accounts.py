"""Whose account and logon session events are about, column by column; the rules are those of `normalise`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from magistrate.sources.column_values import constant
from magistrate.sources.normalise import NULL_SID, SID, sorted_out

if TYPE_CHECKING:
    from magistrate.sources.mapping import Identity

Columns = dict[str, pa.Array]

_PARTS = ("UserName", "DomainName", "UserSid", "LogonId")


def fill_identity(columns: Columns, choice: Identity | None, rows: int) -> None:
    """Fill User, UserSid and LogonId from the Subject or the Target columns, row by row where both may be meant."""
    if choice is None:
        return
    side = {part: _side(columns, choice, part, rows) for part in _PARTS}
    name, domain = side["UserName"], side["DomainName"]
    bare = pc.and_(pc.is_valid(domain), pc.invert(pc.match_substring(name, "\\")))
    joined = pc.binary_join_element_wise(domain, name, "\\")
    _put(columns, "User", pc.if_else(pc.fill_null(bare, False), joined, name))
    sid = side["UserSid"]
    _put(columns, "UserSid", pc.if_else(pc.equal(sid, NULL_SID), None, sid))
    _put(columns, "LogonId", side["LogonId"])


def _side(columns: Columns, choice: Identity, part: str, rows: int) -> pa.Array:
    subject, target = (_column(columns, f"{side}{part}", rows) for side in ("Subject", "Target"))
    if choice == "target":
        return target
    if choice == "subject":
        return subject
    logon = _column(columns, "TargetLogonId", rows)
    is_target = pc.and_(
        pc.is_valid(_column(columns, "TargetUserName", rows)), pc.fill_null(pc.not_equal(logon, 0), False)
    )
    return pc.if_else(is_target, target, subject)


def _column(columns: Columns, name: str, rows: int) -> pa.Array:
    return columns[name] if name in columns else constant(None, name, rows)


def _put(columns: Columns, name: str, found: pa.Array) -> None:
    columns[name] = pc.coalesce(found, columns[name]) if name in columns else found


def sort_out_sids(columns: Columns) -> None:
    """Move a SID written where a name belongs, and a name written where a SID belongs."""
    users, sids = columns.get("User"), columns.get("UserSid")
    sid_as_user = users is not None and pc.any(pc.match_substring(users, "S-1-")).as_py()
    user_as_sid = sids is not None and any(
        text is not None and not SID.fullmatch(text) for text in pc.unique(sids).to_pylist()
    )
    if not sid_as_user and not user_as_sid:
        return
    rows = len(next(iter(columns.values())))
    pairs = zip(
        _column(columns, "User", rows).to_pylist(), _column(columns, "UserSid", rows).to_pylist(), strict=True
    )
    found = [sorted_out(user, sid) for user, sid in pairs]
    columns["User"] = pa.array([user for user, _ in found], pa.string())
    columns["UserSid"] = pa.array([sid for _, sid in found], pa.string())
