from __future__ import annotations

import re

from magistrate.events.schema import column_types, columns


def test_every_column_has_a_type_and_a_meaning() -> None:
    assert [column.name for column in columns() if not column.description.endswith((".", ";"))] == []
    assert set(column_types().values()) == {"text", "bigint", "timestamp", "bool"}


def test_column_names_are_plain_identifiers() -> None:
    assert [
        column.name for column in columns() if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", column.name)
    ] == []


def test_no_two_columns_differ_by_case_only() -> None:
    names = [column.name.lower() for column in columns()]

    assert sorted(names) == sorted(set(names))


def test_the_id_of_an_event_comes_first() -> None:
    assert columns()[0].name == "evidence_id"
