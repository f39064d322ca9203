from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.cases.chain import chain_fault, head_fault
from magistrate.cases.entries import Draft, Entry, Kind, make_entry


def chain(length: int = 5) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(length):
        draft = Draft(Kind.NOTE if number else Kind.CREATED, {"text": f"note {number}"})
        before = entries[-1] if entries else None
        entries.append(make_entry(draft, before, utc=f"2026-03-06T08:00:0{number}.000000Z", by="adm01"))
    return entries


def test_a_chain_as_written_has_no_fault() -> None:
    assert chain_fault(chain()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"body": '{"text":"other"}'},
        {"by": "adm02"},
        {"utc": "2026-03-06T09:00:00.000000Z"},
        {"kind": "close"},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_t_case_6_a_changed_entry_is_named(change) -> None:
    entries = chain()
    entries[2] = replace(entries[2], **change)

    assert chain_fault(entries).startswith("entry 3: ")


def test_t_case_6_a_removed_entry_is_named() -> None:
    entries = chain()
    del entries[2]

    assert chain_fault(entries) == "entry 3: missing; the next one there is entry 4"


def test_t_case_6_a_removed_entry_is_named_when_the_others_are_numbered_anew() -> None:
    entries = chain()
    renumbered = [*entries[:2], *(replace(entry, number=entry.number - 1) for entry in entries[3:])]

    assert chain_fault(renumbered) == "entry 3: does not follow the entry before it"


def test_t_case_6_reordered_entries_are_named() -> None:
    entries = chain()
    entries[1], entries[2] = replace(entries[2], number=2), replace(entries[1], number=3)

    assert chain_fault(entries) == "entry 2: does not follow the entry before it"


def test_t_case_6_a_cut_end_shows_against_a_known_head() -> None:
    entries = chain()
    head = entries[-1].hash

    assert chain_fault(entries[:-1]) is None
    assert head_fault(entries, head[:16]) is None
    assert "cut off the end" in head_fault(entries[:-1], head)


def test_an_empty_record_is_a_fault() -> None:
    assert chain_fault([]) == "entry 1: missing; the record is empty"


def test_an_entry_covers_the_one_before() -> None:
    first, second = chain(2)
    other = make_entry(Draft(Kind.CREATED, {"text": "other"}), None, utc=first.utc, by=first.by)
    same_words = make_entry(Draft(Kind.NOTE, second.facts), other, utc=second.utc, by=second.by)

    assert second.body == same_words.body
    assert second.hash != same_words.hash
