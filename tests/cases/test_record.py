from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest

from magistrate.cases import database
from magistrate.cases.entries import Draft, Kind
from magistrate.cases.record import SEAL, append, create_record, has_record, read_record
from magistrate.cases.state import read_state
from magistrate.errors import StoreError, UsageError


def note(text: str) -> Draft:
    return Draft(Kind.NOTE, {"text": text})


def texts(folder) -> list[str]:
    return [entry.facts["text"] for entry in read_record(folder).entries if entry.kind == Kind.NOTE]


def run(folder, *statements: str) -> None:
    with closing(sqlite3.connect(folder / database.FILE, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_what_was_added_is_read_back_in_order(record_folder, author) -> None:
    append(record_folder, [note("one"), note("two")], author)
    append(record_folder, [note("three")], author)

    assert texts(record_folder) == ["one", "two", "three"]


@pytest.mark.parametrize(
    "text", ["\x00\x1b[31m", "\ud800", "</script>\u202e", "'; DROP TABLE entry; --", "x" * 30_000]
)
def test_a_text_comes_back_exactly(record_folder, author, text) -> None:
    append(record_folder, [note(text)], author)

    assert texts(record_folder) == [text]


def test_reading_changes_nothing_and_leaves_nothing(record_folder, author) -> None:
    append(record_folder, [note("one")], author)
    before = {path.name: path.read_bytes() for path in record_folder.iterdir()}
    read_record(record_folder)

    assert before == {path.name: path.read_bytes() for path in record_folder.iterdir()}
    assert sorted(before) == [SEAL, database.FILE]


@pytest.mark.parametrize(
    "statement", ["UPDATE entry SET by = 'adm02'", "DELETE FROM entry", "DELETE FROM entry WHERE number = 1"]
)
def test_the_file_refuses_to_change_an_entry(record_folder, statement) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="an entry is never"):
        run(record_folder, statement)


def test_the_file_refuses_a_number_that_does_not_follow(record_folder) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="an entry follows the last one"):
        run(
            record_folder,
            "INSERT INTO entry VALUES (7, 'note', 'utc', 'by', '{}', (SELECT hash FROM entry), 'x')",
        )


def test_t_case_6_a_changed_row_is_named_though_the_triggers_were_put_back(record_folder, author) -> None:
    append(record_folder, [note("one"), note("two")], author)
    trigger = database.TABLES[1]
    run(
        record_folder,
        "DROP TRIGGER entry_is_never_changed",
        "UPDATE entry SET by = 'adm02' WHERE number = 2",
        trigger,
    )
    found = read_record(record_folder)

    assert found.faults[0].startswith(
        ("entry 2: its content has the hash", "case.sqlite: the file has other")
    )


def test_t_case_6_an_end_cut_with_the_chain_whole_is_found_by_the_seal(record_folder, author) -> None:
    append(record_folder, [note("one"), note("two")], author)
    seal = (record_folder / SEAL).read_bytes()
    old = database.load(record_folder / database.FILE).entries[:2]
    (record_folder / database.FILE).unlink()
    database.create(record_folder / database.FILE)
    database.add(record_folder / database.FILE, old)
    (record_folder / SEAL).write_bytes(seal)

    assert read_record(record_folder).faults == (
        f"entry 3: cut off; {SEAL} says that 3 entries were written",
    )


def test_nothing_is_added_to_a_record_that_was_changed(record_folder, author) -> None:
    append(record_folder, [note("one")], author)
    (record_folder / SEAL).unlink()

    with pytest.raises(StoreError, match=r"case\.seal is missing or damaged\. Nothing was added"):
        append(record_folder, [note("two")], author)


def test_bytes_without_meaning_that_changed_are_told_and_the_next_write_says_so(
    record_folder, author
) -> None:
    append(record_folder, [note("one")], author)
    path = record_folder / database.FILE
    content = bytearray(path.read_bytes())
    content[27] ^= 1  # the change counter of SQLite
    path.write_bytes(content)
    fault = f"{database.FILE}: bytes that no entry rests on were changed after the last write"

    assert read_record(record_folder).faults == (fault,)

    added = append(record_folder, [note("two")], author)

    assert [entry.kind for entry in added] == [Kind.RESEALED, Kind.NOTE]
    assert read_record(record_folder).faults == ()


def test_entries_without_a_seal_are_told_as_a_stopped_write(record_folder, author) -> None:
    seal = (record_folder / SEAL).read_bytes()
    append(record_folder, [note("one")], author)
    (record_folder / SEAL).write_bytes(seal)
    found = read_record(record_folder)

    assert found.faults == ()
    assert found.remarks == (
        "1 entries at the end are whole but not sealed: a write was stopped before its last step",
    )


def test_a_folder_without_a_record_is_told(tmp_path) -> None:
    with pytest.raises(UsageError, match="this case has no record"):
        read_record(tmp_path)


def test_a_removed_file_is_a_fault_and_is_not_begun_anew(record_folder, author) -> None:
    append(record_folder, [note("one")], author)
    (record_folder / database.FILE).unlink()

    assert "the record was removed" in read_record(record_folder).faults[0]

    with pytest.raises(StoreError, match="the record of this case is gone"):
        create_record(record_folder, author, "case-x", "x", "1.0")


@pytest.mark.parametrize(
    "content", [b"", b"x" * 5000, b"SQLite format 3\x00" + b"\xff" * 4080], ids=["empty", "text", "header"]
)
def test_t_case_5_a_file_that_is_no_record_is_a_fault_and_no_crash(record_folder, content) -> None:
    (record_folder / database.FILE).write_bytes(content)

    assert read_record(record_folder).faults[0].startswith(f"{database.FILE}: ")


def test_t_case_5_random_damage_is_a_fault_and_no_crash(record_folder, author) -> None:
    append(record_folder, [note("one"), note("two")], author)
    path, dice = record_folder / database.FILE, random.Random(5)
    whole = path.read_bytes()
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 12)):
            place = dice.randrange(len(content))
            content[place : place + 4] = dice.choice([b"\xff" * 4, b"\x7f\xff\xff\xff", dice.randbytes(4)])
        path.write_bytes(content)

        assert read_record(record_folder).faults


def test_t_case_5_a_whole_chain_of_strange_facts_is_shown_and_no_crash(record_folder, author) -> None:
    strange = [{}, {"of": "x", "about": 1, "second_person": True}, {"answers": {}, "evidence": []}]
    kinds = [kind for kind in Kind if kind is not Kind.CREATED]
    append(record_folder, [Draft(kind, facts) for kind in kinds for facts in strange], author)
    state = read_state(read_record(record_folder).entries)

    assert state.version == 1 + len(kinds) * len(strange)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW notes AS SELECT * FROM entry",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN SELECT load_extension('x'); END",
        "CREATE TABLE other (x)",
        "PRAGMA user_version = 9",
    ],
)
def test_t_case_5_a_record_with_more_in_it_is_refused_before_a_row_is_read(record_folder, statement) -> None:
    run(record_folder, statement)
    found = read_record(record_folder)

    assert found.entries == ()
    assert len(found.faults) == 1


def test_t_case_3_a_record_that_was_stopped_before_its_file_had_its_name_is_made_again(
    tmp_path, author
) -> None:
    create_record(tmp_path, author, "case-aaaaaaaaaaaaaaaa", "", "1")
    (tmp_path / database.FILE).replace(tmp_path / f".{database.FILE}.part")

    assert not has_record(tmp_path)
    create_record(tmp_path, author, "case-bbbbbbbbbbbbbbbb", "", "1")
    assert read_record(tmp_path).case_id == "case-bbbbbbbbbbbbbbbb"


def test_t_case_6_a_file_that_was_taken_away_is_no_unfinished_record(record_folder) -> None:
    (record_folder / database.FILE).unlink()

    assert has_record(record_folder)
