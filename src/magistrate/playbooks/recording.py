"""What a question of a playbook needs to have been recorded before logs can answer it."""

# ruff: noqa: TC001 - pydantic reads the annotations at run time
from __future__ import annotations

from magistrate.playbooks.condition import Content
from magistrate.playbooks.vocabulary import Name


class RecordingNeeds(Content):
    """What has to be recorded so that a question can be answered from logs at all.

    `yes` are sets of capabilities: one set that is recorded at least in part is enough to say YES. `no` are all
    capabilities that must be proved before silence means NO; with `no_both_ends` on the source host as well.
    `history_parameter` names the parameter of days that the logs must reach back. `beside` is what logs cannot tell.
    """

    yes: tuple[tuple[Name, ...], ...]
    no: tuple[Name, ...]
    no_both_ends: bool = False
    history_parameter: Name | None = None
    beside: str = ""
