"""kill -9 at any moment leaves a case that opens, and the same command finishes it with the same verdict.

Few kills by default; MAGISTRATE_KILLS sets how many at random moments, MAGISTRATE_KILL_LOGS the evidence, and
MAGISTRATE_KILL_CHANGES=100 kills before that many changes of the case folder, spread over a run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from magistrate.cli import main

pytestmark = pytest.mark.xdist_group("kill")

KILLS = int(os.environ.get("MAGISTRATE_KILLS", "2"))
LOGS = os.environ.get("MAGISTRATE_KILL_LOGS")
CHANGES = int(os.environ.get("MAGISTRATE_KILL_CHANGES", "1"))
SCRIPT = Path(__file__).with_name("killed_run.py")
DEMO = Path(__file__).parent.parent.parent / "scenarios" / "demo"


def logoff(number: int) -> dict:
    event = {"Channel": "Security", "EventID": 4634, "Computer": "ws07", "EventRecordID": number}
    return {**event, "TimeCreated": f"2026-03-03T12:{number // 60 % 60:02}:{number % 60:02}Z"}


class Reference:
    """One run that nobody disturbed."""

    def __init__(self, folder: Path) -> None:
        self.logs = Path(LOGS) if LOGS else self._write_logs(folder / "logs")
        self.case = folder / "case"
        started = time.monotonic()
        self.run(self.case, 0)
        self.seconds = time.monotonic() - started
        self.changes = int(Path(f"{self.case}.changes").read_text())

    @staticmethod
    def _write_logs(logs: Path) -> Path:
        logs.mkdir()
        shutil.copy(DEMO / "logs" / "SRV12" / "System.evtx", logs)
        for number in range(4):
            text = "".join(f"{json.dumps(logoff(number * 4000 + line))}\n" for line in range(4000))
            (logs / f"more{number}.ndjson").write_text(text)
        return logs

    def words(self, case: Path, *more: str) -> list[str]:
        return ["investigate", str(self.logs), "-o", str(case), "--jobs", "2", *more]

    def start(self, case: Path, last_change: int, *more: str) -> subprocess.Popen:
        words = [sys.executable, str(SCRIPT), str(case), str(last_change), *self.words(case, *more)]
        return subprocess.Popen(
            words,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def run(self, case: Path, last_change: int, *more: str) -> int:
        with self.start(case, last_change, *more) as process:
            return process.wait()


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Reference:
    return Reference(tmp_path_factory.mktemp("reference"))


def check_that_it_opens(case: Path, capsys: pytest.CaptureFixture) -> bool:
    """Look at a case after a kill; tell whether it is complete."""
    code = main(["show", str(case), "0000"])
    said = capsys.readouterr().err
    complete = (case / "case.json").exists() and json.loads((case / "case.json").read_text())["complete"]
    opened = "no record has the id" in said or "records have ids that start so" in said or code == 0
    unfinished = "Run the same 'magistrate investigate'" in said or "not a case" in said
    assert opened if complete else unfinished or "does not exist" in said
    return complete


def finish(reference: Reference, case: Path, *more: str) -> None:
    """Repeat the run and compare with the one that nobody disturbed."""
    assert main(reference.words(case, *more)) == 0
    assert (case / "verdict.json").read_bytes() == (reference.case / "verdict.json").read_bytes()
    assert sorted(path.name for path in case.iterdir()) == sorted(
        path.name for path in reference.case.iterdir()
    )


@pytest.mark.parametrize("number", range(KILLS))
def test_t_case_3_a_kill_at_a_random_moment_costs_nothing(reference, tmp_path, capsys, number) -> None:
    moment = random.Random(number).uniform(0.15, 1.0) * reference.seconds
    case = tmp_path / "case"
    with reference.start(case, 0) as process:
        time.sleep(moment)
        if number % 2:  # with its workers, or without
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
    complete = check_that_it_opens(case, capsys)

    finish(reference, case, *(["--force"] if complete else []))


def places(count: int) -> list[float]:
    """Parts of the way through a run, the middle first."""
    return [(number + 0.5) / count for number in range(count)]


@pytest.mark.parametrize("place", places(CHANGES))
def test_t_case_3_a_kill_before_any_change_of_the_folder_costs_nothing(
    reference, tmp_path, capsys, place
) -> None:
    last = max(1, round(place * reference.changes))
    case = tmp_path / "case"

    assert reference.run(case, last) == -signal.SIGKILL
    complete = check_that_it_opens(case, capsys)
    finish(reference, case, *(["--force"] if complete else []))


@pytest.mark.parametrize("last", [3, 9, 15, 30] if CHANGES > 1 else [9])
def test_t_case_3_a_kill_while_an_old_case_is_replaced_costs_nothing(
    reference, tmp_path, capsys, last
) -> None:
    case = tmp_path / "case"
    shutil.copytree(reference.case, case)

    reference.run(case, last, "--force")
    complete = check_that_it_opens(case, capsys)
    finish(reference, case, *(["--force"] if complete else []))
