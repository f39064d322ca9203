from __future__ import annotations

import pytest

from magistrate.cli.passwords import read_passwords
from magistrate.errors import UsageError


def test_each_line_is_a_password_with_its_blanks_and_comes_once(tmp_path) -> None:
    (tmp_path / "p").write_text("one\n\n two \none\n", encoding="utf-8-sig")

    assert read_passwords(tmp_path / "p") == ("one", " two ")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe", b"".join(b"%d\n" % n for n in range(1001))])
def test_a_file_that_is_no_list_of_passwords_is_refused(tmp_path, content) -> None:
    (tmp_path / "p").write_bytes(content)

    with pytest.raises(UsageError, match="the password file"):
        read_passwords(tmp_path / "p")


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_passwords(tmp_path / "absent")
