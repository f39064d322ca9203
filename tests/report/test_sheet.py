from __future__ import annotations

import pytest

from magistrate.report.sheet import Sheet


def test_a_row_with_a_text_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="has not 2 texts"):
        Sheet("changes", "Changes", "one", ("time", "what"), (("07:44",),), ((),))


def test_rows_without_their_record_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="0 record lists for 1 rows"):
        Sheet("changes", "Changes", "one", ("time",), (("07:44",),))


def test_a_sheet_without_a_table_is_allowed() -> None:
    sheet = Sheet("changes", "Changes", "No change was recorded; service events are not collected.")

    assert sheet.rows == sheet.records == ()
