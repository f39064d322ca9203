from __future__ import annotations

import io

from magistrate.sources.text_window import TextWindow


class _Dripping(io.BytesIO):
    """A stream that gives one byte at a time, as a pipe may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(1)


def test_a_byte_order_mark_is_passed_over_also_when_it_arrives_byte_by_byte() -> None:
    window = TextWindow(_Dripping(b"\xef\xbb\xbf{}"))
    window.skip_bom()

    assert (window.position, window.buffer) == (3, b"\xef\xbb\xbf")


def test_what_was_passed_over_is_let_go_and_its_length_kept() -> None:
    window = TextWindow(_Dripping(b"abc"))
    window.more()
    window.position = 1
    window.more()

    assert (window.buffer, window.base, window.position) == (b"b", 1, 0)


def test_the_end_of_the_stream_is_told_each_time() -> None:
    window = TextWindow(io.BytesIO(b""))

    assert [window.more(), window.more(), window.ended] == [False, False, True]
