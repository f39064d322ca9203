"""What people said about a case, as reports show it beside the program's verdict. Empty in a case that nobody touched.

None of this is part of `verdict.json` or of the case hash: the verdict is the program's alone, and stays the same
whoever looks at it. Times are UTC in ISO 8601 with `Z`. Every text is as typed, so it is encoded like text from logs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HumanChangeView:
    """A verdict or an answer of a person: "tool: X / analyst: Y because Z".

    `about` is `verdict` or the code of a question such as `Q1`; `state` says in words whether the change is in force.
    `reason` is a reason code of triage practice 2.7. `basis` is the record or the contact it rests on, in words.
    """

    number: int
    about: str
    tool: str
    analyst: str
    reason: str
    because: str
    basis: str
    evidence_id: str | None
    by: str
    utc: str
    state: str
    in_force: bool
    second: str | None = None


@dataclass(frozen=True, slots=True)
class HumanNoteView:
    """A note; `evidence_id` is the record it is about, None when it is about the case."""

    number: int
    by: str
    utc: str
    text: str
    evidence_id: str | None


@dataclass(frozen=True, slots=True)
class HumanView:
    """What people said, and the line that ties a report to the record of its case.

    `stamp` is the one line of a report that differs between two runs over the same evidence: case id, number of
    entries, head and time. It is empty in a view that was not made for a case folder. `verdict` is the analyst's
    verdict when one is in force.
    """

    case_id: str = ""
    label: str = ""
    state: str = ""
    verdict: str | None = None
    changes: tuple[HumanChangeView, ...] = ()
    notes: tuple[HumanNoteView, ...] = ()
    stamp: str = ""
