"""One process at a time works on a case. The system gives the lock back when a process ends, however it ends."""

from __future__ import annotations

import os
import platform
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from magistrate.cases.clock import system_user
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "case.lock"
_PAUSE_SECONDS = 0.05


@contextmanager
def locked(folder: Path, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of a case folder, which is made when missing.

    Args:
        folder: the case.
        wait_seconds: how long to wait for another process, which is told of only then.

    Raises:
        UsageError: another process holds it, or the folder cannot be made or locked.
    """
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _take_within(path, wait_seconds)
    except OSError as error:
        raise UsageError(
            f"the case folder cannot be made or locked: {error.strerror or error}.",
            location=str(folder),
            hint="Name a folder on a disk of this machine with -o.",
        ) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _take_within(path: Path, seconds: float) -> int:
    """As `_take`, tried again until the time is over.

    Raises:
        UsageError: another process still holds the lock.
        OSError: the system refused.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return _take(path)
        except UsageError:
            if time.monotonic() >= end:
                raise
        time.sleep(_PAUSE_SECONDS)


def _take(path: Path) -> int:
    """Open and lock the file; once more when its holder removed it in between.

    Raises:
        UsageError: another process holds the lock.
        OSError: the system refused.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
        except BlockingIOError:
            owner = os.pread(handle, 200, 0).decode("utf-8", "replace") or "unknown"
            os.close(handle)
            raise UsageError(
                f"another process works on this case ({owner}).",
                location=str(path.parent),
                hint="Wait for it to end, or name another folder with -o.",
            ) from None
        except OSError:
            os.close(handle)
            raise
        if not _lock_holds(path):
            os.close(handle)
            raise UsageError(
                "locks do not work in this folder, so two people could write at once.",
                location=str(path.parent),
                hint="Keep the case on a disk of this machine, and share a bundle of it ('magistrate case export').",
            )
        if _is_at(handle, path):
            os.truncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} of {system_user()} on {platform.node()}".encode(), 0)
            return handle
        os.close(handle)


def _lock_holds(path: Path) -> bool:
    """Whether a lock that is held keeps another handle out; on some network drives it does not."""
    try:
        other = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # the last holder removed it in between; `_is_at` sees that
        return True
    try:
        _lock(other)
    except BlockingIOError:
        return True
    finally:
        os.close(other)
    return not path.exists()


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _lock(handle: int) -> None:
    """Lock an open file.

    Raises:
        BlockingIOError: another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # on Windows the open file itself is lockable
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined] # stubs are for this system
        except PermissionError as error:
            raise BlockingIOError from error
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
