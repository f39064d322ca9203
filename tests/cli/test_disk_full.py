"""A disk that fills up at any size: one clear sentence, an exit code, and a case that the same command finishes.

The bound on the size of a file stands in for a full disk: it fails the same writes, without a disk of its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from magistrate.cli import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("kill")

BIG = 1 << 40


def write_log(path: Path, records: int) -> Path:
    event = {
        "Channel": "Security",
        "EventID": 4634,
        "Computer": "ws07",
        "TimeCreated": "2026-03-03T12:00:00Z",
    }
    path.write_text(
        "".join(json.dumps({**event, "EventRecordID": number}) + "\n" for number in range(records))
    )
    return path


@pytest.mark.parametrize(
    ("most_bytes", "records", "code"),
    [(100, 30, 6), (3_000, 30, 5), (60_000, 20_000, 3), (30_000, 30, 6)],
    ids=["the mark of the case", "the record", "the rows", "the reports"],
)
def test_t_case_4_a_full_disk_is_told_and_the_same_command_finishes(
    tmp_path, most_bytes, records, code
) -> None:
    logs = write_log(tmp_path / "a.ndjson", records)
    case = tmp_path / "case"
    words = ["investigate", str(logs), "-o", str(case), "--jobs", "1"]
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from magistrate.cli import main; sys.exit(main(sys.argv[1:]))",
            *words,
        ],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, BIG)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert (run.returncode, "Traceback" in run.stderr) == (code, False), run.stderr
    assert "File too large" in run.stderr or "disk I/O error" in run.stderr
    assert not (case / "report.html").exists()
    assert main(words) == 0
