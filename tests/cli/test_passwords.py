from __future__ import annotations

import pytest

from magistrate.cli import main
from magistrate.cli.passwords import read_passwords
from magistrate.errors import UsageError
from sources.archive_writers import aes_zip

SECRET = "Tr0ub4dor-and-more"
EVENT = b'{"Channel":"Security","EventID":4634,"Computer":"ws07","TimeCreated":"2026-03-03T12:00:00Z"}\n'


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


@pytest.fixture
def locked(tmp_path):
    """A locked archive with one event, and the words that investigate it."""
    (tmp_path / "locked.zip").write_bytes(aes_zip(EVENT, SECRET))
    (tmp_path / "passwords.txt").write_text(f"not this one\n{SECRET}\n")
    return ["investigate", str(tmp_path / "locked.zip"), "-o", str(tmp_path / "case"), "--jobs", "1"]


def test_t_arc_4_a_given_password_opens_an_archive_and_is_found_nowhere(locked, tmp_path, capsys) -> None:
    code = main([*locked, "--password-file", str(tmp_path / "passwords.txt")])
    said = capsys.readouterr()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "case").rglob("*") if path.is_file())

    assert (code, "1 loaded" in said.out) == (0, True)
    assert SECRET not in said.out + said.err
    assert SECRET.encode() not in kept


def test_t_arc_4_without_the_password_the_archive_is_named_and_nothing_is_loaded(locked, capsys) -> None:
    code = main(locked)

    assert code == 3
    assert "The member needs a password. Give it in a file with --password-file" in capsys.readouterr().err


def test_t_arc_4_a_run_without_the_password_finds_nothing_that_a_run_with_it_left(locked, tmp_path) -> None:
    main([*locked, "--password-file", str(tmp_path / "passwords.txt")])

    assert main([*locked, "--force"]) == 3


def test_t_arc_4_a_run_with_the_password_does_not_stop_at_an_earlier_refusal(locked, tmp_path) -> None:
    main(locked)

    assert main([*locked, "--force", "--password-file", str(tmp_path / "passwords.txt")]) == 0
