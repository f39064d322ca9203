"""A short run of the fuzzer, and the fuzzer itself. The long run is `make fuzz`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
sys.path.insert(0, str(RUN.parent))
from run import fuzz  # noqa: E402 - beside this file, not installed


@pytest.mark.parametrize("target", ["chunk", "line"])
def test_t_evtx_t_json_damaged_inputs_crash_nothing_and_lose_nothing(target, monkeypatch):
    monkeypatch.delenv("MAGISTRATE_CORPUS", raising=False)

    result = fuzz(target, first=7_000, count=150, seconds=60)

    assert (result.inputs, result.failures) == (150, [])
    assert result.records > 0


def test_a_mistake_a_hang_and_an_end_are_each_found_and_the_run_goes_on():
    result = fuzz("wrong", first=0, count=5, seconds=0.1)

    assert [failure.split(":")[1].split()[1] for failure in result.failures] == [
        "Unaccounted",
        "hang",
        "crash",
    ]
    assert (result.inputs, result.records) == (5, 3 + 4)


def test_a_seed_gives_the_same_input_again():
    words = [sys.executable, str(RUN), "--replay", "line:7003"]
    first, second = (
        subprocess.run(words, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )

    assert first == second
