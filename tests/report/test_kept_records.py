"""The case keeps the text of what it cites, and of nothing else."""

from __future__ import annotations

import json

from magistrate.report.kept_records import CITED_FILE, read_cited

ID = "00112233445566aa"


def keep(folder, **facts):
    line = {"evidence_id": ID, "file": "a.evtx", "file_sha256": "aa", "locator": "chunk 0 at 4608", **facts}
    (folder / CITED_FILE).write_text(json.dumps(line) + "\n", encoding="utf-8")


def test_a_kept_text_is_given_as_it_was_read(tmp_path):
    keep(tmp_path, raw='{"a": "\u202e"}')

    assert read_cited(tmp_path, ID) == '{"a": "\u202e"}'


def test_an_id_that_stands_in_the_text_of_another_record_is_not_taken_for_it(tmp_path):
    keep(tmp_path, evidence_id="f" * 16, raw=ID)

    assert read_cited(tmp_path, ID) is None


def test_a_case_of_an_older_version_keeps_none(tmp_path):
    assert read_cited(tmp_path, ID) is None
