"""Records are found again by their locator, in files whose content is what was read then."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from magistrate.sources.base import RawRecord
from magistrate.sources.readers.evtx import READER
from magistrate.sources.reread import files_below, place_of, read_again
from sources.sample_log import sample_log

if TYPE_CHECKING:
    from pathlib import Path

LOG = sample_log()
SHA256 = hashlib.sha256(LOG).hexdigest()


@pytest.fixture
def locators(tmp_path: Path) -> dict[str, str]:
    """Raw text of every record of the sample log by its locator, as the reader gives it."""
    path = tmp_path / "read.evtx"
    path.write_bytes(LOG)
    with path.open("rb") as stream:
        return {item.locator: item.raw for item in READER.read(stream, "a") if isinstance(item, RawRecord)}


def test_every_record_of_a_log_is_read_again(tmp_path, locators):
    found = read_again({SHA256: list(locators)}, files_below(tmp_path, SHA256))

    assert found == {(SHA256, locator): raw for locator, raw in locators.items()}
    assert all(json.loads(raw) for raw in found.values())


def test_a_member_of_an_archive_is_read_again(tmp_path, locators):
    folder = tmp_path / "packed"
    folder.mkdir()
    with zipfile.ZipFile(folder / "logs.zip", "w") as archive:
        archive.writestr("Security.evtx", LOG)
    locator = next(iter(locators))

    assert read_again({SHA256: [locator]}, files_below(folder, SHA256)) == {
        (SHA256, locator): locators[locator]
    }


def test_a_file_of_other_content_gives_nothing(tmp_path, locators):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "read.evtx").write_bytes(LOG + b"\0")

    assert read_again({SHA256: list(locators)}, files_below(folder, SHA256)) == {}


@pytest.mark.parametrize("locator", ["line 1", "chunk 1 id 5", "chunk 0 slack at 4096", "chunk 0 at -1", ""])
def test_only_a_record_that_stands_in_its_chunk_has_a_place(locator):
    assert place_of(locator) is None


def test_a_place_is_the_byte_offset_of_the_record():
    assert place_of("chunk 3 at 200704") == 200704
