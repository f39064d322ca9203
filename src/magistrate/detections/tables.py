"""Columns and rows of the working tables that indicator queries read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.features import fact_names
from magistrate.activity.images import account_name, image_name

if TYPE_CHECKING:
    from magistrate.activity.model import Activity, Story
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Value

Columns = tuple[tuple[str, "ColumnType"], ...]


def fact_column(name: str) -> str:
    """Column of a fact: dots become underscores."""
    return name.replace(".", "_")


_FACTS: Columns = tuple((fact_column(name), "text") for name in fact_names())

ACTIVITY_COLUMNS: Columns = (
    ("activity_id", "text"),
    ("story_id", "text"),
    ("kind", "text"),
    ("host", "text"),
    ("Timestamp", "timestamp"),
    ("operation", "text"),
    ("methods", "text"),  # labels with a blank around each: LIKE '% wmic-xsl %'
    ("targets", "text"),  # the same for remote nodes
    ("target_count", "bigint"),
    ("origin", "text"),
    ("account", "text"),
    ("account_name", "text"),  # without domain, lower case
    ("account_sid", "text"),
    ("logon_id", "bigint"),
    ("source_ip", "text"),
    ("source_host", "text"),
    ("transport", "text"),
    ("package", "text"),
    ("join_kind", "text"),
    ("admin", "text"),  # true, false or null
    ("image", "text"),
    ("image_name", "text"),
    ("command", "text"),
    ("decoded", "text"),
    ("parent", "text"),
    ("parent_name", "text"),
    ("process_id", "bigint"),
    ("process_key", "text"),
    ("evidence_id", "text"),
    ("event_id", "bigint"),
    ("event_ids", "text"),  # of all its records, with blanks: LIKE '% 4688 %'
    ("background", "text"),
    ("host_role", "text"),
    ("host_tier", "bigint"),
    ("host_management", "bool"),
    ("source_management", "bool"),
    ("account_tier", "bigint"),
    *_FACTS,
)
STORY_COLUMNS: Columns = (
    ("story_id", "text"),
    ("origin", "text"),
    ("account", "text"),
    ("account_sid", "text"),
    ("source_ip", "text"),
    ("source_host", "text"),
    ("source_management", "bool"),
    ("transport", "text"),
    ("first_seen", "timestamp"),
    ("last_seen", "timestamp"),
    ("targets", "bigint"),
)
SESSION_COLUMNS: Columns = (
    ("story_id", "text"),
    ("host", "text"),
    ("logon_id", "bigint"),
    ("account", "text"),
    ("origin", "text"),
    ("window_from", "timestamp"),
    ("window_to", "timestamp"),
)
LINKED_COLUMNS: Columns = (
    ("story_id", "text"),
    ("activity_id", "text"),
    ("via", "text"),  # descendant or session
    ("depth", "bigint"),
    ("host", "text"),
    ("Timestamp", "timestamp"),
    ("image", "text"),
    ("image_name", "text"),
    ("command", "text"),
    ("decoded", "text"),
    ("parent_name", "text"),
    ("process_id", "bigint"),
    ("process_key", "text"),
    ("account", "text"),
    ("logon_id", "bigint"),
    ("evidence_id", "text"),
    *((name, kind) for name, kind in _FACTS if name.startswith(("command_", "wmic_", "ps_"))),
)


def activity_row(story: Story, activity: Activity, **site: Value) -> dict[str, Value]:
    """Row of the `activity` table."""
    identity = activity.identity
    account = identity.account
    known = {name for name, _ in _FACTS}
    row: dict[str, Value] = {
        "activity_id": activity.id,
        "story_id": story.id,
        "kind": activity.kind.value,
        "host": activity.host,
        "Timestamp": activity.utc,
        "operation": activity.operation,
        "methods": f" {' '.join(activity.methods)} ",
        "targets": f" {' '.join(activity.targets)} ",
        "target_count": len(activity.targets),
        "origin": identity.origin.value,
        "account": account.name if account else None,
        "account_name": (account_name(account.name) or None) if account else None,
        "account_sid": account.sid if account else None,
        "logon_id": account.logon_id if account else None,
        "source_ip": identity.source_ip,
        "source_host": identity.source_host,
        "transport": identity.transport,
        "package": identity.package,
        "join_kind": identity.join.value,
        "admin": None if identity.admin is None else str(identity.admin).lower(),
        "image": activity.image,
        "image_name": image_name(activity.image) or None,
        "command": activity.command,
        "decoded": activity.decoded,
        "parent": activity.parent,
        "parent_name": image_name(activity.parent) or None,
        "process_id": activity.process_id,
        "process_key": activity.process_key,
        "evidence_id": activity.evidence[0].evidence_id if activity.evidence else None,
        "event_id": activity.evidence[0].event_id if activity.evidence else None,
        "event_ids": f" {' '.join(sorted({str(item.event_id) for item in activity.evidence}))} ",
        "background": activity.background,
        **site,
    }
    row.update({fact_column(name): value for name, value in activity.facts if fact_column(name) in known})
    return row
