"""Writes that survive a kill: aside, to the disk, then into place.

A name that stands for finished work never stands for half of it.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
"""Errors that only our own writing can meet: evidence is read, so they never speak of a broken log."""


def write_aside(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all.

    Raises:
        OSError: the disk refused; the old file, if any, still stands.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can: a file's content does not carry its name."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError:  # some network drives refuse
        return
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring every file below a folder, and every name, to the disk.

    Raises:
        OSError: a write that seemed done has failed.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
            continue
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    sync_folder(folder)
