"""What containment.yml, collection.yml and hardening.yml of a playbook hold."""

# ruff: noqa: TC001 - pydantic reads the annotations at run time
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from magistrate.playbooks.condition import Condition, Content
from magistrate.playbooks.vocabulary import Name, RequirementId, Text

Scope = Literal["host", "account", "machine_account", "source", "path", "subscription", "case"]
Phase = Literal[
    "prepare", "preserve", "isolate", "accounts", "sessions", "block", "eradicate", "secrets", "restore", "harden",
    "watch",
]  # fmt: skip


class Card(Content):
    """Something done to a system. Commands are printed with dry-run switches on and never run.

    `scope` says for what one card is made: each host, account, source address or subscription, the path to all hosts,
    or the case. `when` is a condition over the containment facts. `fast` and `discreet` are its places in the two
    orders; `phase` is the part of the response it belongs to. A card that does not act (`acts: false`) says why
    nothing is done. A card that `changes` its target prints `guarded` in place of its command while the target is
    protected or unknown; with `always_guarded`, which says why, it always does.
    """

    id: Name
    requirement: RequirementId
    phase: Phase
    title: Text
    goal: Text
    scope: Scope
    when: Condition
    fast: int
    discreet: int
    acts: bool = True
    changes: bool = True
    always_guarded: str = ""
    precheck: Text
    command: Text
    guarded: str = ""
    side_effects: Text
    verify: Text
    rollback: Text
    evidence_lost: Text
    approver: Text
    reversible: bool
    placeholders: dict[str, str] = Field(default_factory=dict)
    source: Text


class Cap(Content):
    """Most cards of one scope in one plan."""

    scope: Scope
    most: Annotated[int, Field(ge=1, le=100)]
    source: Text


class PlanRule(Content):
    """A rule that holds for every card of a plan."""

    id: Name
    text: Text
    source: Text


class NeverRule(Content):
    """Something that no plan may ask for."""

    text: Text
    source: Text


class Collectors(Content):
    """How each collector takes everything; `{targets}` and `{options}` are filled with the words of the items."""

    kape: Text
    velociraptor: Text
    acquire: Text
    notes: tuple[Text, ...]
    source: Text


class CollectItem(Content):
    """Something to keep before a host is touched.

    `channels` are looked for in the case; empty for what no log is. The other lists are the collectors' words for it.
    """

    id: Name
    title: Text
    paths: Text
    why: Text
    channels: tuple[Text, ...] = ()
    kape: tuple[Text, ...] = ()
    velociraptor: tuple[Text, ...] = ()
    acquire: tuple[Text, ...] = ()
    source: Text


class Control(Content):
    """A setting that makes the same path harder or visible.

    Chosen when one of `lacks`, names of coverage, is not proved on a host; without them when `when` holds.
    """

    id: Name
    title: Text
    lacks: tuple[Name, ...] = ()
    when: Condition | None = None
    set: Text
    verify: Text
    caveat: Text
    source: Text
