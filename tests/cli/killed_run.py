"""Runs `magistrate` and kills it just before its nth change of a folder; prints nothing.

    python killed_run.py FOLDER N WORD...

With N = 0 nothing is killed, and the number of changes is written to FOLDER with `.changes` behind its name.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir"})


class Killer:
    """Counts changes below a folder, and ends the process at one of them as a power cut would."""

    def __init__(self, folder: str, last: int) -> None:
        self.folder = folder
        self.last = last
        self.seen = 0

    def __call__(self, event: str, arguments: tuple) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        if event not in CHANGES and not writes:
            return
        if not str(arguments[0]).startswith(self.folder):
            return
        self.seen += 1
        if self.seen == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, last: int, words: list[str]) -> int:
    killer = Killer(folder, last)
    sys.addaudithook(killer)
    from magistrate.cli import main as magistrate

    code = magistrate(words)
    if not last:
        Path(f"{folder}.changes").write_text(str(killer.seen))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
