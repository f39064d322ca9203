"""Compiled rule sets that are kept: the same rules come back, damage is noticed, changes are not overlooked."""

from __future__ import annotations

import pytest
from tests.sigma.rules import load, rule_text

from magistrate.sigma.stored_rules import read_rules, write_rules
from magistrate.store.rule_cache import FolderRuleCache

DETECTION = "a: {Image|endswith: [\\a.exe, b], X|re: 'q+'}\nf: {Y: null}\ncondition: a and not f"
BROKEN = rule_text("s: {a|nosuch: b}\ncondition: s", 2)


def test_a_rule_set_comes_back_as_it_was(tmp_path):
    rules = load(tmp_path / "rules", rule_text(DETECTION), BROKEN)

    assert rules == read_rules(write_rules(rules))


def test_a_kept_rule_set_serves_the_second_load(tmp_path):
    cache = FolderRuleCache(tmp_path / "cache")
    first = load(tmp_path / "rules", rule_text(DETECTION), BROKEN, cache=cache)

    assert len(list(cache.folder.glob("*.json"))) == 1
    assert first == load(tmp_path / "rules", rule_text(DETECTION), BROKEN, cache=cache)


def test_a_changed_rule_is_compiled_anew(tmp_path):
    cache = FolderRuleCache(tmp_path / "cache")
    load(tmp_path / "rules", rule_text(DETECTION), cache=cache)
    changed = load(tmp_path / "rules", rule_text(DETECTION.replace("q+", "r+")), cache=cache)

    assert changed == load(tmp_path / "rules", rule_text(DETECTION.replace("q+", "r+")))


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b"\xff", b'{"leaves":[],"rules":[{"head":1}]}'])
def test_a_damaged_cache_costs_nothing_but_time(tmp_path, damage):
    cache = FolderRuleCache(tmp_path / "cache")
    first = load(tmp_path / "rules", rule_text(DETECTION), cache=cache)
    (file,) = cache.folder.glob("*.json")
    file.write_bytes(damage)

    assert first == load(tmp_path / "rules", rule_text(DETECTION), cache=cache)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    rules = load(tmp_path / "rules", rule_text(DETECTION), cache=FolderRuleCache(tmp_path / "cache"))

    assert len(rules.rules) == 1
