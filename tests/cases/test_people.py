from __future__ import annotations

import pytest

from magistrate.cases.people import checked_name, same_person
from magistrate.errors import UsageError


@pytest.mark.parametrize(
    "other", ["ADM01", "adm 01", "CORP\\adm01", "adm01@corp.example", "ａｄｍ01", "adm\u200b01"]
)
def test_a_name_written_otherwise_is_the_same_person(other) -> None:
    assert same_person("adm01", other)


def test_another_name_is_another_person() -> None:
    assert not same_person("adm01", "adm02")


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\u202eb", "x" * 101])
def test_a_name_that_cannot_stand_in_a_record_is_refused(name) -> None:
    with pytest.raises(UsageError, match="a name has 1 to 100 printable characters"):
        checked_name(name)
