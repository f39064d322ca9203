from __future__ import annotations

from pathlib import Path

import pytest

from magistrate.errors import PlaybookError
from magistrate.playbooks.load import load_playbook, playbook_names


def test_the_bundled_playbook_loads_by_name_in_any_case():
    assert load_playbook("T1047") == load_playbook("t1047")


def test_every_bundled_playbook_loads():
    loaded = [load_playbook(name).id for name in playbook_names()]

    assert loaded == list(playbook_names())


def test_the_playbook_has_its_31_sentences_in_order():
    playbook = load_playbook("t1047")

    assert [f"P{n}" for n in range(1, 32)] == [item.id for item in playbook.requirements]


def test_questions_and_decisions_come_apart_and_in_order():
    playbook = load_playbook("t1047")

    assert [item.code for item in playbook.questions] == ["Q1", "Q2", "Q3", "Q4"]
    assert [item.code for item in playbook.decisions] == ["E1", "E2", "E3", "E4"]


def test_rules_keep_the_order_of_the_file():
    playbook = load_playbook("t1047")

    assert ["N1", "N0", *(f"R{n}" for n in range(11))] == [rule.id for rule in playbook.rules]


def test_a_playbook_is_loaded_from_a_folder(folder):
    assert load_playbook(folder).requirements == load_playbook("t1047").requirements


@pytest.mark.parametrize("name", ["t9999", "../t1047", "t1047/../t1047", "", "checks"])
def test_unknown_names_are_refused(name):
    with pytest.raises(PlaybookError, match="no playbook named"):
        load_playbook(name)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(PlaybookError, match="no such playbook folder"):
        load_playbook(Path(tmp_path / "nothing"))


def test_an_unknown_key_is_refused_with_file_and_line(folder):
    path = folder / "playbook.yml"
    path.write_text(path.read_text(encoding="utf-8") + "\nsurprise: yes\n", encoding="utf-8")

    with pytest.raises(PlaybookError) as caught:
        load_playbook(folder)

    assert "surprise" in str(caught.value)
    assert caught.value.location.startswith("playbook.yml:")


def test_a_loaded_playbook_cannot_be_changed():
    playbook = load_playbook("t1047")

    with pytest.raises(ValueError, match="frozen"):
        playbook.title = "other"


def test_thresholds_are_numbers_with_unit_and_origin():
    playbook = load_playbook("t1047")

    assert all(item.unit and item.origin for item in playbook.thresholds.values())
    assert playbook.threshold("fan_out_targets") == 3


def test_no_reason_to_close_rests_on_an_administrator():
    """The playbook's non-administrator row must never help to close."""
    playbook = load_playbook("t1047")
    gate = next(rule for rule in playbook.rules if rule.id == "R8")

    assert "admin" not in gate.model_dump_json()


@pytest.mark.parametrize("rule", ["R8", "R9"])
def test_closing_rules_refuse_cut_logs(rule):
    playbook = load_playbook("t1047")
    gate = next(item for item in playbook.rules if item.id == rule)

    assert '{"not":"tamper_in_window"}' in gate.model_dump_json(by_alias=True)
