from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from magistrate.cases.record import Author, create_record
from magistrate.cli import main

DEMO = Path(__file__).parent.parent.parent / "scenarios" / "demo"
CASE_ID = "case-aaaabbbbccccdddd"


class Clock:
    """A second later at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def author() -> Author:
    return Author("adm01", Clock())


@pytest.fixture
def record_folder(tmp_path, author) -> Path:
    """A folder with the record of a case and nothing else."""
    folder = tmp_path / "case"
    folder.mkdir()
    create_record(folder, author, CASE_ID, "printer alert", "1.0")
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A small case as `investigate` leaves it, with its evidence beside it; do not change it."""
    folder = tmp_path_factory.mktemp("finished")
    logs = folder / "logs"
    logs.mkdir()
    shutil.copy(DEMO / "logs" / "SRV12" / "Security.evtx", logs)
    shutil.copy(DEMO / "logs" / "SRV12" / "Microsoft-Windows-Sysmon%4Operational.evtx", logs)
    context = shutil.copy(DEMO / "context.yml", folder / "site.yml")

    words = ["investigate", str(logs), "-o", str(folder / "case"), "--jobs", "1", "--context", str(context)]
    assert main(words) == 0
    return folder


@pytest.fixture
def case(finished, tmp_path) -> Path:
    """A copy of that case, to be changed."""
    return Path(shutil.copytree(finished / "case", tmp_path / "case"))
