"""S3: remote execution over NTLM by an account that uses Kerberos elsewhere, or by a tier-0 account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, is_machine_account
from magistrate.activity.model import Kind, OriginClass
from magistrate.activity.rows import moment, number, text
from magistrate.context.lookup import account_purpose
from magistrate.detections.hit import Hit
from magistrate.detections.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator
    from magistrate.store.base import Row


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """NTLM executions against what else the logs show of the account.

    There is no learned baseline: the account's Kerberos logons from other addresses in the same logs stand for it,
    and the statement says over what time they were seen.
    """
    by_account: dict[str, list[Row]] = {}
    for row in frame.query(indicator, sql("network_logons")):
        by_account.setdefault(text(row, "account") or "", []).append(row)
    for story, activity in frame.activities():
        if activity.kind is not Kind.CHILD or activity.identity.origin is not OriginClass.REMOTE:
            continue
        account = activity.identity.account
        if account is None or is_machine_account(account.name):
            continue
        name = account_name(account.name)
        rows = by_account.get(name, []) if name else []
        if not _is_ntlm(activity, rows):
            continue
        purpose = account_purpose(frame.context, account.name, account.sid)
        if purpose is not None and purpose.tier == 0:
            yield _hit(story, activity, "the account is tier 0")
            continue
        if contrast := _kerberos_elsewhere(activity, rows):
            yield _hit(story, activity, contrast)


def _is_ntlm(activity: Activity, rows: list[Row]) -> bool:
    """By the joined logon, else by every logon of the account from that address; `rows` are the account's."""
    if activity.identity.package:
        return activity.identity.package.upper().startswith("NTLM")
    packages = {text(row, "package") for row in rows if text(row, "source_ip") == activity.identity.source_ip}
    return packages == {"NTLM"}


def _kerberos_elsewhere(activity: Activity, rows: list[Row]) -> str:
    others = [
        row
        for row in rows
        if text(row, "package") == "KERBEROS" and text(row, "source_ip") != activity.identity.source_ip
    ]
    ntlm = [
        row
        for row in rows
        if text(row, "package") == "NTLM" and text(row, "source_ip") != activity.identity.source_ip
    ]
    if not others or ntlm:
        return ""
    seen = sum(number(row, "seen") or 0 for row in others)
    begins = [when for row in others if (when := moment(row, "began"))]
    ends = [when for row in others if (when := moment(row, "ended"))]
    hours = (max(ends) - min(begins)).total_seconds() / 3600 if begins and ends else 0.0
    return f"the account's {seen} other network logons in the logs use Kerberos, seen over {hours:.1f} hours; history is too short for more"


def _hit(story: Story, activity: Activity, why: str) -> Hit:
    return Hit(
        story_id=story.id,
        host=activity.host,
        utc=activity.utc,
        values={"why": why},
        evidence=activity.evidence[:4],
        activity_ids=(activity.id,),
    )
