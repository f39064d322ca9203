"""What the case lacks, turned into words for collectors and into controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.decision.rules import holds
from magistrate.playbooks.template import fill
from magistrate.response.wording import some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magistrate.playbooks.model import CollectItem, Control, Playbook

_KAPE_ALWAYS = "!SANS_Triage"


def lacking_items(playbook: Playbook, lacks: Iterable[str]) -> tuple[CollectItem, ...]:
    """Items of collection.yml by id, in the order in which they vanish."""
    wanted = set(lacks)
    return tuple(item for item in playbook.collect_items if item.id in wanted)


def export_lines(playbook: Playbook) -> str:
    """One export of each log channel, by its file name."""
    lines = []
    for item in playbook.collect_items:
        for channel in item.channels:
            name = channel.removesuffix("/Operational").rpartition("Windows-")[2]
            file = "".join(character for character in name if character.isalnum() or character == "-")
            lines.append(f"wevtutil epl '{channel}' C:\\IR\\{file}.evtx")
    return "\n".join(lines)


def collector_lines(playbook: Playbook, items: tuple[CollectItem, ...]) -> str:
    """Comment lines: what is lacking, where it lies, and how each collector takes it."""
    whole = playbook.collectors
    kape = _words(item.kape for item in items)
    velociraptor = _words(item.velociraptor for item in items)
    acquire = _words(item.acquire for item in items)
    targets = [name for name in kape if name != _KAPE_ALWAYS]
    lines = [f"{item.title}: {item.paths} ({item.why})" for item in items if not item.channels]
    lines += [f"KAPE: {fill(whole.kape, {'targets': ','.join(targets)})}"]
    listed = f"targets {', '.join(targets)}" if targets else "the triage target"
    lines += [f"Velociraptor: {fill(whole.velociraptor, {'targets': listed})}"]
    if velociraptor:
        lines.append(f"  and the artifacts {', '.join(velociraptor)}")
    lines.append(f"acquire: {fill(whole.acquire, {'options': ' '.join(acquire)})}".rstrip())
    lines += [f"  {note}" for note in whole.notes]
    return "\n".join(f"#   {line}" for line in lines)


def _words(lists: Iterable[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(word for words in lists for word in words))


def chosen_controls(
    playbook: Playbook, lacks: tuple[str, ...], facts: Mapping[str, bool]
) -> tuple[tuple[Control, str], ...]:
    """Controls for a case, each with why it was chosen."""
    chosen = []
    for control in playbook.controls:
        missing = [item for item in lacks if item.partition(" on ")[0] in control.lacks]
        if missing:
            chosen.append((control, f"not proved: {some((m.replace('_', ' ') for m in missing), most=3)}"))
        elif not control.lacks and control.when is not None and holds(control.when, facts):
            chosen.append((control, "for the path of this case"))
    return tuple(chosen)


def proved_controls(playbook: Playbook, chosen: Iterable[Control]) -> tuple[str, ...]:
    """Titles of the controls that are left out because the logs prove what they would turn on."""
    taken = {control.id for control in chosen}
    return tuple(item.title for item in playbook.controls if item.lacks and item.id not in taken)


def control_lines(chosen: Iterable[tuple[Control, str]]) -> str:
    """How to set each control, its caveat and why it is here."""
    parts = [
        f"# {control.title} ({why})\n{control.set.rstrip()}\n#   caveat: {control.caveat}"
        for control, why in chosen
    ]
    return "\n".join(parts) or "# nothing was lacking"


def check_lines(chosen: Iterable[tuple[Control, str]]) -> str:
    """How to verify each control, equal checks once."""
    checks: dict[str, list[str]] = {}
    for control, _ in chosen:
        checks.setdefault(control.verify.rstrip(), []).append(control.title)
    return "\n".join(f"# {'; '.join(titles)}\n{check}" for check, titles in checks.items()) or "# nothing"
