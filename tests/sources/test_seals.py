"""Evidence that changes after it was read stops the report; a copy of the same bytes does no harm."""

from __future__ import annotations

import hashlib
import os

import pytest

from magistrate.errors import SourceError
from magistrate.sources.seals import check_seals, seal


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "a.evtx"
    path.write_bytes(b"some records")
    return path


@pytest.fixture
def sealed(log):
    with log.open("rb") as stream:
        found = seal(stream, log, "in/a.evtx")
        assert stream.tell() == 0
    return found


def test_a_seal_holds_the_hash_of_the_file(log, sealed) -> None:
    assert hashlib.sha256(log.read_bytes()).hexdigest() == sealed.sha256
    assert sealed.size_bytes == 12


def test_unchanged_evidence_passes(sealed) -> None:
    check_seals([sealed])


def test_t_case_7_changed_evidence_stops_the_report_and_is_named(log, sealed) -> None:
    log.write_bytes(b"other bytes!")

    with pytest.raises(SourceError, match=r"in/a\.evtx: The evidence changed after it was read.*no report"):
        check_seals([sealed])


def test_t_case_7_a_change_with_its_time_set_back_is_found(log, sealed) -> None:
    before = log.stat()
    log.write_bytes(b"other bytes!")
    os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(SourceError, match="changed after it was read"):
        check_seals([sealed])


def test_the_same_bytes_in_a_new_file_do_no_harm(log, sealed) -> None:
    content = log.read_bytes()
    log.unlink()
    log.write_bytes(content)

    check_seals([sealed])


def test_t_case_7_evidence_that_is_gone_stops_the_report(log, sealed) -> None:
    log.unlink()

    with pytest.raises(SourceError, match="cannot be checked again"):
        check_seals([sealed])
