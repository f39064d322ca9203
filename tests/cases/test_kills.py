"""kill -9 and a full disk at any moment of a write: nothing that was acknowledged is lost, and the case opens.

Few kills by default; MAGISTRATE_CASE_KILLS sets how many.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from magistrate.cases.entries import Draft, Kind
from magistrate.cases.record import append, create_record, has_record, read_record

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("kill")

KILLS = int(os.environ.get("MAGISTRATE_CASE_KILLS", "3"))
WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from magistrate.cases.clock import utc_now
    from magistrate.cases.entries import Draft, Kind
    from magistrate.cases.record import Author, append, create_record, has_record
    folder, author = Path(sys.argv[1]), Author("adm01", utc_now)
    print("ready", flush=True)
    if not has_record(folder):
        create_record(folder, author, "case-a", "label", "1.0")
        print("created", flush=True)
    number = 0
    while True:
        number += 1
        text = f"{sys.argv[2]}.{number}" + "x" * (number * 997 % 9000)
        append(folder, [Draft(Kind.NOTE, {"text": text})], author)
        print(text, flush=True)
    """
)
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def write_until_killed(folder: Path, name: str, seconds: float) -> list[str]:
    """What a writer acknowledged before it was killed."""
    words = [sys.executable, "-c", WRITER, str(folder), name]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        lines = process.stdout.read().split("\n")
    return [line for line in lines[:-1] if line != "created"]


def texts(folder: Path) -> list[str]:
    return [entry.facts["text"] for entry in read_record(folder).entries if entry.kind == Kind.NOTE]


def test_t_case_3_kills_during_writes_lose_nothing_acknowledged(record_folder, author) -> None:
    acknowledged: list[str] = []
    for number in range(KILLS):
        seconds = random.Random(number).uniform(0.0, 0.25)
        acknowledged += write_until_killed(record_folder, str(number), seconds)
        found = read_record(record_folder)
        lost = set(acknowledged) - set(texts(record_folder))

        assert (found.faults, lost) == ((), set())

    append(record_folder, [Draft(Kind.NOTE, {"text": "after"})], author)

    assert read_record(record_folder).remarks == ()
    assert texts(record_folder)[-1] == "after"


@pytest.mark.parametrize("number", range(max(2, KILLS // 5)))
def test_t_case_3_a_kill_while_a_record_is_made_leaves_all_of_it_or_a_folder_to_begin_in(
    tmp_path, author, number
) -> None:
    write_until_killed(tmp_path, "x", random.Random(number).uniform(0.0, 0.06))
    if not (tmp_path / "case.sqlite").exists():
        create_record(tmp_path, author, "case-b", "label", "1.0")
    append(tmp_path, [Draft(Kind.NOTE, {"text": "after"})], author)

    assert has_record(tmp_path)
    assert read_record(tmp_path).faults == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.seal", "case.sqlite"]


@pytest.mark.parametrize("room", [0, 5_000, 20_000, 60_000])
def test_t_case_4_a_full_disk_is_told_and_the_record_opens(record_folder, author, room) -> None:
    for number in range(8):
        append(record_folder, [Draft(Kind.NOTE, {"text": f"{number}" * 3000})], author)
    most = (record_folder / "case.sqlite").stat().st_size + room
    run = subprocess.run(
        [sys.executable, "-c", WRITER, str(record_folder), "full"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        timeout=60,
    )
    acknowledged = [line for line in run.stdout.split("\n")[1:-1] if line]

    assert "StoreError: case.sqlite: the record of the case could not be written" in run.stderr
    assert read_record(record_folder).faults == ()
    assert set(acknowledged) <= set(texts(record_folder))

    append(record_folder, [Draft(Kind.NOTE, {"text": "after"})], author)

    assert texts(record_folder)[-1] == "after"
