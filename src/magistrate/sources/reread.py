"""Reads single records again from the evidence, by the place that their locator names."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.sources.archive_members import Keys
from magistrate.sources.base import Limits, PlaceReader
from magistrate.sources.containers import HEAD_BYTES, Budget, Leaf, open_evidence
from magistrate.sources.inputs import find_inputs
from magistrate.sources.intake_file import find_reader
from magistrate.sources.seals import hash_stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from magistrate.sources.seals import Seal

Place = tuple[str, str]
"""SHA-256 of an evidence file or archive member, and a locator in it."""

File = tuple[Path, str, "Seal | None"]
"""A file to look in, its label, and its seal where its content is known."""

_LOCATOR = re.compile(r"chunk \d+ at (\d+)", re.ASCII)


def place_of(locator: str) -> int | None:
    """Byte offset that a locator of an event log names; None for any other locator."""
    match = _LOCATOR.fullmatch(locator)
    return int(match.group(1)) if match else None


def read_again(
    wanted: Mapping[str, Collection[str]], files: Iterable[File], passwords: Sequence[str] = ()
) -> dict[Place, str]:
    """The raw text of records, from files whose content is the same as when they were taken in.

    Args:
        wanted: locators by the SHA-256 of the evidence file or member.
        files: where to look; archives are opened.
        passwords: tried on locked archives.

    Returns:
        What was found. A record is missing when no file holds what was hashed then, or cannot be read now.
    """
    found: dict[Place, str] = {}
    with tempfile.TemporaryDirectory(prefix="magistrate-reread-") as work:
        for path, label, known in files:
            if len({sha256 for sha256, _ in found}) == len(wanted):
                break
            budget = Budget(Limits(), Path(work), lambda: None, keys=Keys(tuple(passwords)))
            try:
                with path.open("rb") as stream:
                    for leaf in open_evidence(stream, label, budget, known):
                        if isinstance(leaf, Leaf) and leaf.sha256 in wanted:
                            found |= _read_leaf(leaf, wanted[leaf.sha256])
            except OSError:
                continue
    return found


def _read_leaf(leaf: Leaf, locators: Collection[str]) -> dict[Place, str]:
    head = leaf.stream.read(HEAD_BYTES)
    leaf.stream.seek(0)
    reader: object = find_reader(head)
    places = {place: locator for locator in locators if (place := place_of(locator)) is not None}
    if not places or not isinstance(reader, PlaceReader):
        return {}
    texts = reader.read_at(leaf.stream, frozenset(places))
    return {(leaf.sha256, places[place]): text for place, text in texts.items()}


def sealed_files(seals: Iterable[Seal], labels: Collection[str]) -> list[File]:
    """The evidence files that records with these file labels came from."""
    return [
        (known.path, known.label, known)
        for known in seals
        if any(label == known.label or label.startswith(f"{known.label}/") for label in labels)
    ]


def files_below(path: Path, sha256: str) -> list[File]:
    """Every file below a path, one with this content first, so that a moved file is found without opening others.

    Raises:
        UsageError: the path does not exist.
    """
    files: list[File] = [
        (item.path, item.label, None) for item in find_inputs([path]) if item.problem is None
    ]
    return sorted(files, key=lambda file: not _has_content(file[0], sha256))


def _has_content(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as stream:
            return hash_stream(stream)[0] == sha256
    except OSError:
        return False
