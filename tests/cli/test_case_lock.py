from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

import pytest

from magistrate.cli import case_lock
from magistrate.cli.case_lock import LOCK, locked
from magistrate.errors import UsageError

HOLD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from magistrate.cli.case_lock import locked
    with locked(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
    """
)


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of the folder."""
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_t_case_2_a_second_process_is_refused_and_told_who_holds_the_case(tmp_path, holder) -> None:
    with pytest.raises(UsageError, match=f"another process works on this case \\(process {holder.pid} of "):
        locked(tmp_path).__enter__()


def test_t_case_3_the_lock_of_a_killed_process_is_free(tmp_path, holder) -> None:
    holder.kill()
    holder.wait()

    with locked(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_the_lock_leaves_nothing_behind(tmp_path) -> None:
    with locked(tmp_path / "case"):
        pass

    assert list((tmp_path / "case").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(UsageError, match="cannot be made or locked"):
        locked(tmp_path / "file" / "case").__enter__()


def test_t_case_8_a_folder_where_locks_do_not_work_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(case_lock, "_lock", lambda handle: None)

    with pytest.raises(UsageError, match="locks do not work in this folder"):
        locked(tmp_path).__enter__()


def test_t_case_2_a_writer_waits_a_little_for_another_one(tmp_path, holder) -> None:
    threading.Timer(0.3, holder.kill).start()

    with locked(tmp_path, wait_seconds=10):
        assert (tmp_path / LOCK).exists()
