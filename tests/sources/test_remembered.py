"""What is remembered about foreign names stays bounded."""

from __future__ import annotations

from magistrate.sources.remembered import Remembered


def test_full_memory_is_emptied_before_it_grows():
    memory: Remembered[int, int] = Remembered(3, 10)
    sizes = []
    for number in range(10):
        memory.keep(number, number, 1)
        sizes.append(len(memory))

    assert max(sizes) == 3


def test_long_key_is_answered_and_not_kept():
    memory: Remembered[str, str] = Remembered(3, 10)

    assert memory.keep("x" * 11, "found", 11) == "found"
    assert not memory
