"""CLIXML: what the generic reader test does not show."""

from __future__ import annotations

import io

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits
from magistrate.sources.guard import Guard
from magistrate.sources.readers.clixml import READER

HEAD = b'<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\n'
EVENT = b'  <Obj RefId="0">\n    <Props>\n      <I32 N="Id">7036</I32>\n      <S N="ProviderName">Service Control Manager</S>\n      <S N="LogName">System</S>\n      <S N="Message">%s</S>\n    </Props>\n  </Obj>\n'


def read(content: bytes, limits: Limits | None = None) -> list[object]:
    return list(READER.configured(limits or Limits(), Guard()).read(io.BytesIO(content), "x"))


def test_escaped_characters_are_read_as_they_were():
    (record,) = read(HEAD + EVENT % b"a_x000D__x000A_b_xD800_" + b"</Objs>")

    assert record.message == "a\r\nb_xD800_"


def test_a_broken_object_costs_one_object():
    good = EVENT % b"x"
    items = read(HEAD + good + good.replace(b"</Props>", b"") + good + b"</Objs>")

    assert [isinstance(item, ReadIssue) for item in items] == [False, True, False]


def test_t_evtx_6_an_object_above_the_limits_is_refused_and_the_next_loads():
    deep = EVENT.replace(b"%s", b"x</S>" + b"<a>" * 40 + b"</a>" * 40 + b'<S N="b">')
    items = read(HEAD + EVENT % (b"x" * 3000) + deep + EVENT % b"y", Limits(line_bytes=2000, json_depth=20))

    assert [isinstance(item, ReadIssue) and item.refused for item in items] == [True, True, False]


def test_objects_that_do_not_stand_on_lines_are_told():
    (issue,) = read(HEAD.strip() + (EVENT % b"x").strip().replace(b"\n", b""))

    assert "on a line of its own" in issue.reason


def test_entities_are_not_followed():
    (item,) = read(HEAD + EVENT % b"&a;")

    assert isinstance(item, ReadIssue)
