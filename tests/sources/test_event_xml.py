"""Event XML is split so that one broken event costs one event."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.event_xml import BadEvent, XmlEvent, XmlLimits, split_events
from magistrate.sources.readers.xml import READER

LIMITS = XmlLimits(event_bytes=10_000, depth=20)
GOOD = b"<Event xmlns='x'><System><EventID>1</EventID></System><EventData>%s</EventData></Event>"
PIECES = [
    *(b"<Event>", b"</Event>", b"<Event/>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<System>", b"</System>"),
    *(b"<!DOCTYPE a>", b"&a;", b"&#0;", b"\xff", b"\0", b"text", b"<Data Name='a'>", b"</Data>", GOOD),
]


def split(content: bytes, limits: XmlLimits = LIMITS) -> list[XmlEvent | BadEvent]:
    return list(split_events(io.BytesIO(content), limits))


def data_of(content: bytes) -> object:
    (event,) = split(GOOD.replace(b"%s", content))
    assert isinstance(event, XmlEvent), event
    return event.tree["EventData"]


def reasons(content: bytes, limits: XmlLimits = LIMITS) -> list[str]:
    return ["" if isinstance(item, XmlEvent) else item.reason for item in split(content, limits)]


def test_named_and_unnamed_data_keep_their_names_and_order():
    data = data_of(b"<Data Name='b'>1</Data><Data>x</Data><Data></Data><Data Name='a'/><Binary>00</Binary>")

    assert data == {"b": "1", "Data": {"#text": ["x", ""]}, "a": None, "Binary": "00"}


def test_t_json_1_a_repeated_name_does_not_replace_the_first():
    assert data_of(b"<Data Name='a'>1</Data><Data Name='a'>2</Data>") == {"a": "1", "a_1": "2"}


def test_line_ends_inside_a_value_stay_as_recorded():
    assert data_of(b"<Data Name='a'>1\r\n\t2</Data>") == {"a": "1\r\n\t2"}


@pytest.mark.parametrize("written", [b"\x1b", b"&#27;", b"&#x1B;"])
def test_t_json_3_a_character_that_xml_forbids_costs_no_event(written):
    assert data_of(b"<Data Name='a'>x" + written + b"y</Data>") == {"a": "x\x1by"}


def test_t_json_3_bytes_that_are_no_utf_8_stay_visible():
    assert data_of(b"<Data Name='a'>x\xffy</Data>") == {"a": "x\\xffy"}


def test_a_broken_event_costs_one_event():
    content = GOOD + GOOD.replace(b"</EventData>", b"") + GOOD[:40] + b"\n" + GOOD

    assert [bool(reason) for reason in reasons(content)] == [False, True, True, False]


def test_a_cut_event_at_the_end_is_told():
    assert reasons(GOOD + GOOD[:50])[1] == "cut off: the event does not end"


def test_an_end_without_a_beginning_is_told():
    assert reasons(GOOD[50:] + GOOD) == ["an event without its beginning", ""]


def test_text_between_events_and_in_comments_is_no_event():
    assert reasons(
        b"<?xml version='1.0'?><Events><!-- " + GOOD + b" -->\nsome text " + GOOD + b"</Events>"
    ) == [""]


def test_an_event_in_a_character_data_section_is_text():
    assert data_of(b"<Data Name='a'><![CDATA[" + GOOD + b"]]></Data>") == {"a": GOOD.decode()}


def test_an_element_of_user_data_that_is_named_event_is_no_event_of_its_own():
    (event,) = split(b"<Event><System/><UserData><Event><A>1</A></Event></UserData></Event>")

    assert event.tree["UserData"] == {"Event": {"A": "1"}}


def test_entities_and_document_types_are_refused():
    content = (
        b"<!DOCTYPE Events [<!ENTITY a 'aaaa'>]><Events>" + GOOD.replace(b"%s", b"&a;") + GOOD + b"</Events>"
    )

    assert [item.refused for item in split(content) if isinstance(item, BadEvent)] == [True, True]
    assert isinstance(split(content)[-1], XmlEvent)


def test_t_evtx_6_an_event_above_the_limit_is_refused_and_the_next_loads():
    content = GOOD.replace(b"%s", b"<Data>" + b"x" * 20_000 + b"</Data>") + GOOD

    assert reasons(content) == ["longer than 10000 bytes", ""]


def test_t_evtx_6_an_event_nested_too_deep_is_refused_and_the_next_loads():
    assert reasons(GOOD.replace(b"%s", b"<a>" * 30 + b"</a>" * 30) + GOOD) == [
        "nested deeper than 20 levels",
        "",
    ]


def test_the_rendered_message_is_kept_apart_from_the_data():
    content = GOOD.replace(
        b"</Event>", b"<RenderingInfo Culture='en-US'><Message>Hello</Message></RenderingInfo></Event>"
    )
    (record,) = READER.read(io.BytesIO(content), "x")

    assert (record.message, dict(record.data)) == ("Hello", {"param1": "%s"})


def test_other_xml_is_not_taken_for_events():
    assert not READER.recognises(b"<?xml version='1.0'?><Task><Triggers/></Task>")


def test_many_starts_without_an_end_take_no_long_time():
    count = len(split(b"<Event><![CDATA[" * 20_000 + GOOD, XmlLimits(event_bytes=1 << 20, depth=20)))

    assert count > 0


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=40,
    )
)
def test_any_pieces_give_events_or_issues(pieces):
    assert all(isinstance(item, XmlEvent | BadEvent) for item in split(b"".join(pieces)))
