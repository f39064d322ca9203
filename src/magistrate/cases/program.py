"""Which build of the program decided: two of one version can differ, and then so may their verdicts."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable


@cache
def program_digest() -> str:
    """SHA-256 over every file of the program, its playbooks and tables included."""
    return _digest(resources.files("magistrate"))


@cache
def playbook_digest(playbook: str) -> str:
    """SHA-256 over every file of a bundled playbook, known by its id."""
    return _digest(resources.files("magistrate") / "playbooks" / playbook.lower())


def _digest(folder: Traversable) -> str:
    digest = hashlib.sha256()
    for name, content in _files(folder, ""):
        digest.update(f"{name}|{len(content)}|".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name == "__pycache__":
            continue
        if item.is_dir():
            yield from _files(item, f"{path}{item.name}/")
        else:
            yield f"{path}{item.name}", item.read_bytes()
