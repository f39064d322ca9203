"""Says where the CPU time of intake goes: share of each step, without the steps inside it.

python benchmarks/profile.py FOLDER OUTPUT
"""

from __future__ import annotations

import functools
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from magistrate.sources import column_route, evtx_texts, intake_file, spill
from magistrate.sources.base import IntakeOptions
from magistrate.sources.intake_store import StoreBuilder
from magistrate.sources.readers import evtx
from magistrate.sources.spill import read_spill

STEPS: tuple[tuple[str, Any, str], ...] = (
    ("hash of the file", intake_file, "seal"),
    ("walk of chunks and frames", evtx, "read_chunk"),
    ("parsing by the library", evtx_texts, "_read_all"),
    ("texts to frames", evtx_texts, "parse"),
    ("decode", column_route.ColumnRoute, "_decode"),
    ("evidence ids", column_route, "_digests"),
    ("columns", column_route.ColumnRoute, "_columns"),
    ("one record at a time", intake_file, "_take_record"),
    ("Parquet and Arrow files", spill.SpillWriter, "_write"),
    ("gathering small tables", StoreBuilder, "add"),
    ("gathering small tables", spill.Compactor, "close"),
)


class Shares:
    """CPU seconds of each step; what a step calls counts for the inner one only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    def watch(self, name: str, owner: Any, attribute: str) -> None:
        """Measure a function or method under a name."""
        original = getattr(owner, attribute)

        @functools.wraps(original)
        def measured(*words: Any, **named: Any) -> Any:
            start = time.process_time()
            self._inner.append(0.0)
            try:
                return original(*words, **named)
            finally:
                spent = time.process_time() - start
                self.seconds[name] = self.seconds.get(name, 0.0) + spent - self._inner.pop()
                self._inner[-1] += spent

        setattr(owner, attribute, measured)


def take_in(logs: list[Path], folder: Path) -> int:
    """Take logs in as a worker and the main process would, one after the other."""
    folder.mkdir()
    builder = StoreBuilder(folder / "events")
    records = 0
    for index, path in enumerate(logs):
        job = intake_file.Job(index, path, f"{path.parent.name}/{path.name}", folder, IntakeOptions())
        result = intake_file.intake_file(job, lambda unit, size: None)
        records += sum(leaf.intake.loaded for leaf in result.leaves)
        builder.add("", job.label, result.leaves, read_spill(result.spill) if result.spill else iter(()))
    builder._compactor.close()
    return records


def main(logs: Path, output: Path) -> None:
    """Profile and write the table."""
    shares = Shares()
    files = sorted(logs.rglob("*.evtx"))
    with tempfile.TemporaryDirectory(prefix="magistrate-profile-") as name:
        take_in(files[:1], Path(name) / "warm")
        for step in STEPS:
            shares.watch(*step)
        gc.disable()  # as in a worker
        start = time.process_time()
        records = take_in(files, Path(name) / "measured")
        total = time.process_time() - start
    shares.seconds["grouping and all else"] = total - sum(shares.seconds.values())
    lines = [f"{'share of intake':<30}{'us a record':>12}{'share':>8}"]
    for step, seconds in sorted(shares.seconds.items(), key=lambda item: -item[1]):
        lines.append(f"{step:<30}{seconds / records * 1e6:>12.2f}{seconds / total:>8.0%}")
    output.write_text("\n".join([*lines, f"{'all':<30}{total / records * 1e6:>12.2f}", ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
