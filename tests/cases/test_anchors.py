from __future__ import annotations

import pytest

from magistrate.cases.anchors import add_anchor, read_anchors
from magistrate.cases.verify import Verification
from magistrate.errors import ExportError, UsageError


def test_heads_are_added_line_by_line_and_read_for_one_case(tmp_path) -> None:
    path = tmp_path / "heads.jsonl"
    for case, head in (("case-a", "1" * 64), ("case-b", "2" * 64), ("case-a", "3" * 64)):
        add_anchor(path, Verification(case, 5, head))

    assert read_anchors(path, "case-a") == ["1" * 64, "3" * 64]


@pytest.mark.parametrize("text", ["no json", "[]", '{"case": "case-a"}', '{"case": "case-b", "head": "1"}'])
def test_a_file_without_a_head_of_the_case_is_refused(tmp_path, text) -> None:
    path = tmp_path / "heads.jsonl"
    path.write_text(text)

    with pytest.raises(UsageError, match="anchor file"):
        read_anchors(path, "case-a")


def test_an_anchor_file_that_cannot_be_written_is_told(tmp_path) -> None:
    with pytest.raises(ExportError, match="the anchor file cannot be written"):
        add_anchor(tmp_path, Verification("case-a", 5, "1" * 64))
