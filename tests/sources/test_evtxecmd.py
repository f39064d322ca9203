"""EvtxECmd's Payload gives the event data of the record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.sources.evtxecmd import payload_values


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        ('{"EventData":{"Data":[{"@Name":"a","#text":"1"},{"@Name":"b"}]}}', {"a": "1", "b": None}),
        ('{"EventData":{"Data":{"@Name":"a","#text":"1"}}}', {"a": "1"}),
        ('{"EventData":{"Data":"x, y","Binary":"00"}}', {"param1": "x, y", "Binary": "00"}),
        ('{"EventData":{"Data":["x","y"]}}', {"param1": "x", "param2": "y"}),
        (
            '{"UserData":{"LogFileCleared":{"@xmlns":"u","SubjectUserName":"user02"}}}',
            {"SubjectUserName": "user02"},
        ),
        ('{"EventData":null}', {}),
    ],
)
def test_a_payload_gives_its_values(payload, values):
    assert payload_values(payload, []) == values


def test_t_json_1_a_repeated_name_does_not_replace_the_first():
    payload = '{"EventData":{"Data":[{"@Name":"a","#text":"1"},{"@Name":"a","#text":"2"}]}}'

    assert payload_values(payload, notes := []) == {"a": "1", "a_1": "2"}
    assert notes


def test_a_payload_that_a_spreadsheet_cut_is_told():
    payload_values('{"EventData":{"Data":"' + "x" * 32_767, notes := [])

    assert notes == ["the event data is cut off; a spreadsheet did that"]


@given(
    st.text(max_size=200)
    | st.recursive(st.none() | st.text(), lambda item: st.lists(item), max_leaves=5).map(str)
)
def test_any_text_gives_values_or_a_note(text):
    assert isinstance(payload_values(text, []), dict)


def test_t_json_3_half_a_surrogate_pair_is_shown_in_names_and_values():
    payload = r'{"EventData":{"Cause\ud800":"x\udc00","b":"\ud83d\ude00"}}'

    assert payload_values(payload, []) == {r"Cause\ud800": r"x\udc00", "b": "\U0001f600"}
