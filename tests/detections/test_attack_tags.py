from __future__ import annotations

import pytest

from magistrate.detections.attack_tags import main_technique, tactic_of, tactics, techniques_in


def test_techniques_are_read_in_order_whatever_their_spelling():
    assert techniques_in("attack.t1021.006, T1047; T1047 XT10 T12345") == ("T1021.006", "T1047")


def test_the_technique_of_a_signal_is_the_one_beside_the_subject():
    assert main_technique(("T1047", "T1490")) == "T1490"


@pytest.mark.parametrize(("given", "said"), [(("T1047",), "T1047"), ((), "")])
def test_the_subject_or_nothing_stands_where_there_is_no_other(given, said):
    assert main_technique(given) == said


@pytest.mark.parametrize("tag", ["attack.credential_access", "credential-access", "Credential Access"])
def test_a_tactic_has_one_word(tag):
    assert tactic_of((tag,)) == "credential access"


def test_a_tag_that_is_no_tactic_says_nothing():
    assert tactic_of(("attack.t1047", "car.2016-03-002")) == ""


def test_every_tactic_tag_has_a_word():
    assert all(tactics().values())
