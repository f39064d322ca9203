"""Every edit of a case is found, and named, without making the verdict once more.

A few edits by default; MAGISTRATE_CASE_EDITS sets how many, spread over the ways below.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from magistrate.cases import database
from magistrate.cases import record as record_module
from magistrate.cases.entries import Draft, Entry, Kind, make_entry
from magistrate.cases.record import SEAL, Author, append, read_record
from magistrate.cases.verify import check_files, check_record

pytestmark = pytest.mark.xdist_group("cases")

EDITS = int(os.environ.get("MAGISTRATE_CASE_EDITS", "26"))


def flip(path: Path, dice: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def flip_a_bit_of_the_record(case: Path, dice: random.Random) -> None:
    flip(case / database.FILE, dice)


def write_over_a_stretch_of_the_record(case: Path, dice: random.Random) -> None:
    content = bytearray((case / database.FILE).read_bytes())
    start, length = dice.randrange(len(content)), dice.randrange(1, 400)
    content[start : start + length] = dice.randbytes(length)
    (case / database.FILE).write_bytes(content)


def cut_the_record(case: Path, dice: random.Random) -> None:
    content = (case / database.FILE).read_bytes()
    (case / database.FILE).write_bytes(content[: dice.randrange(len(content))])


def flip_a_bit_of_the_seal(case: Path, dice: random.Random) -> None:
    flip(case / SEAL, dice)


def run(case: Path, *statements: tuple[str, tuple]) -> None:
    """Change rows as somebody with a database tool would, and put the triggers back."""
    with closing(sqlite3.connect(case / database.FILE, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement, values in statements:
            connection.execute(statement, values)
        for trigger in database.TABLES[1:]:
            connection.execute(trigger)


def change_a_row(case: Path, dice: random.Random) -> None:
    column = dice.choice(["kind", "utc", "by", "body", "hash"])
    run(
        case,
        (f"UPDATE entry SET {column} = {column} || 'x' WHERE number = ?", (dice.randint(1, last(case)),)),
    )


def remove_a_row(case: Path, dice: random.Random) -> None:
    run(case, ("DELETE FROM entry WHERE number = ?", (dice.randint(1, last(case)),)))


def cut_rows_off_the_end(case: Path, dice: random.Random) -> None:
    run(case, ("DELETE FROM entry WHERE number > ?", (dice.randint(0, last(case) - 1),)))


def swap_two_rows(case: Path, dice: random.Random) -> None:
    one, other = dice.sample(range(1, last(case) + 1), 2)
    moves = ((1000, one), (one, other), (other, 1000))
    run(case, *(("UPDATE entry SET number = ? WHERE number = ?", move) for move in moves))


def rewrite_the_chain(case: Path, dice: random.Random) -> None:
    """Change one entry and make every hash after it anew, as somebody who knows the code would; the seal stays."""
    entries = list(read_record(case).entries)
    place = dice.randrange(len(entries))
    before: Entry | None = entries[place - 1] if place else None
    for number in range(place, len(entries)):
        old = entries[number]
        facts = old.facts | ({"text": "other"} if number == place else {})
        before = make_entry(Draft(Kind(old.kind), facts), before, utc=old.utc, by=old.by)
        entries[number] = replace(before)
    (case / database.FILE).unlink()
    database.create(case / database.FILE)
    database.add(case / database.FILE, entries)


def put_an_older_record_back(case: Path, dice: random.Random) -> None:
    entries = read_record(case).entries
    (case / database.FILE).unlink()
    database.create(case / database.FILE)
    database.add(case / database.FILE, entries[: dice.randrange(1, len(entries))])


def flip_a_bit_of_a_file(case: Path, dice: random.Random) -> None:
    flip(
        case
        / dice.choice(
            ["verdict.json", "report.md", "report.html", "timeline.csv", "cited.jsonl", "case.json"]
        ),
        dice,
    )


def flip_a_bit_of_the_event_store(case: Path, dice: random.Random) -> None:
    flip(dice.choice(sorted(path for path in (case / "events").rglob("*") if path.is_file())), dice)


def remove_a_file(case: Path, dice: random.Random) -> None:
    files = [path for path in case.rglob("*") if path.is_file() and path.name not in ("case.json",)]
    dice.choice(sorted(files)).unlink()


def last(case: Path) -> int:
    return read_record(case).entries[-1].number


WAYS = (
    flip_a_bit_of_the_record,
    write_over_a_stretch_of_the_record,
    cut_the_record,
    flip_a_bit_of_the_seal,
    change_a_row,
    remove_a_row,
    cut_rows_off_the_end,
    swap_two_rows,
    rewrite_the_chain,
    put_an_older_record_back,
    flip_a_bit_of_a_file,
    flip_a_bit_of_the_event_store,
    remove_a_file,
)


@pytest.fixture(scope="module")
def worked_on(finished, tmp_path_factory) -> Path:
    """A case with a record of twelve entries."""
    case = Path(shutil.copytree(finished / "case", tmp_path_factory.mktemp("edits") / "case"))
    author = Author("adm01", lambda: datetime(2026, 3, 6, tzinfo=UTC))
    for number in range(7):
        append(case, [Draft(Kind.NOTE, {"text": f"note {number}", "evidence": None})], author)
    return case


def faults(case: Path) -> list[str]:
    record = read_record(case)
    found = list(check_record(record).faults)
    return found or list(check_files(case, record).faults)


def same(one: Path, other: Path) -> bool:
    names = [{path.relative_to(case) for path in case.rglob("*") if path.is_file()} for case in (one, other)]
    return names[0] == names[1] and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names[0]
    )


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_t_case_6_every_edit_is_found(worked_on, tmp_path, way) -> None:
    dice = random.Random(way.__name__)
    missed = []
    case = tmp_path / "case"
    for number in range(-(-EDITS // len(WAYS))):
        shutil.rmtree(case, ignore_errors=True)
        shutil.copytree(worked_on, case)
        way(case, dice)
        if not same(case, worked_on) and not faults(case):
            missed.append(number)

    assert missed == []


def test_t_case_6_a_record_rewritten_with_its_seal_is_found_by_a_head_noted_down_before(
    worked_on, tmp_path
) -> None:
    case = Path(shutil.copytree(worked_on, tmp_path / "case"))
    head = read_record(case).head
    rewrite_the_chain(case, random.Random(1))
    entries = read_record(case).entries
    record_module._seal(case, case / database.FILE, entries)

    assert check_record(read_record(case)).faults == ()
    assert "the whole record was replaced" in check_record(read_record(case), [head]).faults[0]


def test_a_case_that_nobody_edited_has_no_fault(worked_on) -> None:
    assert faults(worked_on) == []
