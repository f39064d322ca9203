from __future__ import annotations

import os

import pytest

from magistrate.cases.files import is_local_file


def test_a_plain_file_may_be_opened(tmp_path) -> None:
    (tmp_path / "a").write_text("x")

    assert is_local_file(tmp_path / "a")


@pytest.mark.parametrize("name", ["none", "pipe", "folder"])
def test_t_case_5_what_a_record_names_and_is_no_plain_file_is_not_opened(tmp_path, name) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    assert not is_local_file(tmp_path / name)


def test_t_case_5_a_share_that_a_record_names_is_not_logged_on_to(tmp_path) -> None:
    class Share(type(tmp_path)):
        def __str__(self) -> str:
            return "\\\\192.0.2.1\\share\\a.evtx"

        def is_file(self) -> bool:
            raise AssertionError("the share was looked at")

    assert not is_local_file(Share(tmp_path))
