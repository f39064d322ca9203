"""A folder that keeps compiled rule sets. What is in it can be made again at any time, so losing it costs nothing."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

_KEY = re.compile(r"[0-9a-f]{64}")
_MAX_FILES = 20


def user_rule_cache() -> FolderRuleCache:
    """The cache below the user's own cache folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return FolderRuleCache(base / "magistrate" / "rules")


class FolderRuleCache:
    """Keeps each content as a file of its key; the oldest go when there are more than a few.

    Args:
        folder: made when something is kept. No error of it ever reaches the caller.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> bytes | None:
        """What was kept under the key; None when there is nothing."""
        try:
            return self._path(key).read_bytes()
        except OSError:
            return None

    def put(self, key: str, content: bytes) -> None:
        """Keep something: written aside and renamed, so that nobody reads half of it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(self._path(key))
            self._thin_out()
        except OSError:
            return

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a key is 64 hexadecimal characters")
        return self.folder / f"{key}.json"

    def _thin_out(self) -> None:
        files = sorted(self.folder.glob("*.json"), key=lambda path: (path.stat().st_mtime, path.name))
        for path in files[:-_MAX_FILES]:
            path.unlink(missing_ok=True)
