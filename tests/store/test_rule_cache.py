"""The folder of compiled rule sets."""

from __future__ import annotations

import pytest

from magistrate.store.rule_cache import FolderRuleCache, user_rule_cache


def test_only_the_latest_few_are_kept(tmp_path):
    cache = FolderRuleCache(tmp_path)
    for number in range(25):
        cache.put(f"{number:064x}", b"x")

    assert len(list(tmp_path.iterdir())) == 20


def test_a_key_cannot_name_another_place(tmp_path):
    with pytest.raises(ValueError, match="hexadecimal"):
        FolderRuleCache(tmp_path).get("../x")


def test_the_users_cache_lies_below_his_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert tmp_path / "magistrate" / "rules" == user_rule_cache().folder
