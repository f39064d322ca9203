"""Records of collectors: read by content, never a crash, never more than is shown."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.collector_records import read_collector_record

NAMES = (
    "x_ConsoleLog.txt",
    "x_CopyLog.csv",
    "x_SkipLog.csv.csv",
    "client_info.json",
    "collection_context.json",
    "uploads.json",
    "log.json",
    "report.json",
)


def read(name: str, content: bytes):
    stream = io.BytesIO(content)
    facts = read_collector_record(f"a.zip/{name}", stream, len(content))
    assert stream.tell() == 0
    return facts


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"1", b"a,b\n1,2\n", b"\xff\xfe\x00", b"[" * 9000])
def test_another_file_of_the_name_is_none(name, content):
    assert read(name, content) is None


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=400))
def test_any_bytes_are_read_or_none(name, content):
    read(name, content)


def test_the_machine_that_kape_ran_on_is_no_host_when_an_image_was_copied():
    text = (
        "KAPE directory: x\nCommand line:   --tsource F: --target A\nSystem info: Machine name: EXAMINER, x\n"
    )

    assert read("x_ConsoleLog.txt", text.encode()).hosts == ()


def test_failures_are_bounded_and_counted_and_logs_come_first():
    rows = "".join(f"C:\\file{n},00,Error\r\n" for n in range(500)) + "C:\\z.evtx,00,Error\r\n"
    facts = read("x_SkipLog.csv", f"SourceFile,SourceFileSha1,Reason\r\n{rows}".encode())

    assert (facts.failed, len(facts.failures)) == (501, 50)
    assert facts.failures[0] == ("C:\\z.evtx", "Error")


def test_a_log_of_another_program_is_none():
    assert read("log.json", b'{"level":"ERROR","text":"x"}\n') is None
