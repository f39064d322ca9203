"""Names of accounts: which two may be one."""

from __future__ import annotations

import pytest

from magistrate.activity.images import may_be_one_account


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"CORP\user05", r"corp\USER05"),
        (r"CORP\user05", "user05"),
        (r"CORP\user05", "user05@corp.example"),
        (r"CORP.EXAMPLE\user05", r"CORP\user05"),
        (r".\user05", r"SRV01\user05"),
        (r"-\user05", r"CORP\user05"),
        ("user05", "user05"),
    ],
)
def test_may_be_one_account(first, second):
    assert may_be_one_account(first, second)
    assert may_be_one_account(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"CORP\user05", r"OTHER\user05"),
        (r"CORP\user05", "user05@other.example"),
        ("user05@corp.example", "user05@corp.example.com"),
        (r"CORP\user05", r"CORP\user06"),
        (r"CORP\user05", None),
        ("", ""),
        ("CORP\\", "CORP\\"),
    ],
)
def test_is_another_account(first, second):
    assert not may_be_one_account(first, second)
    assert not may_be_one_account(second, first)
