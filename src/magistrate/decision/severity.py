"""How bad it would be: impact and stage, apart from how sure we are (triage practice 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.decision.model import Disposition
from magistrate.decision.rules import holds, is_escalation

if TYPE_CHECKING:
    from magistrate.decision.rules import Facts
    from magistrate.playbooks.model import Playbook


def assess_severity(playbook: Playbook, facts: Facts, disposition: Disposition) -> tuple[str | None, str]:
    """Severity of an escalated case and its reason.

    Low confidence never lowers it.

    Returns:
        SEV1 to SEV4 with the reason; None with a sentence when nothing is escalated.
    """
    if not is_escalation(disposition):
        return None, "Severity is given to escalated cases only."
    levels = playbook.severity.levels
    lowest = _lowest(playbook, disposition)
    for index, level in enumerate(levels[: lowest + 1]):
        if index < lowest and not holds(level.when, facts):
            continue
        if index and holds(playbook.severity.raise_when, facts):
            return levels[index - 1].id, f"{level.text} {playbook.severity.raise_text}"
        return level.id, level.text
    return levels[lowest].id, levels[lowest].text


def _lowest(playbook: Playbook, disposition: Disposition) -> int:
    """Position of the lowest level that the disposition may have: an incident does not go below its floor."""
    levels = [level.id for level in playbook.severity.levels]
    incident = disposition is Disposition.ESCALATE_INCIDENT
    return levels.index(playbook.severity.incident_floor) if incident else len(levels) - 1
