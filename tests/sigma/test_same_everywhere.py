"""The same evidence gives the same hits: any order and split of the files, any number of threads."""

from __future__ import annotations

import pytest
from tests.sigma.rules import event, load, rule_text
from tests.store.cases import write_case

from magistrate.sigma import match_rules
from magistrate.store.duckdb import DuckDBStore

TEXTS = (
    rule_text(
        "s: {Image|endswith: \\a.exe, CommandLine|contains: [one, two]}\nf: {Company: '-'}\ncondition: s and not f",
        1,
    ),
    rule_text("s: {ParentUser: CORP\\adm01}\ncondition: s", 2),
    rule_text("s: {CommandLine|re: 'n\\d+e'}\ncondition: s", 3),
)


def rows():
    words = ["one", "two", "three", "n12e"]
    for number in range(1, 41):
        data = {"Image": f"C:\\{'ab'[number % 2]}.exe", "CommandLine": f"{words[number % 4]} {number % 5}"}
        data |= {"Company": "-"} if number % 3 == 0 else {}
        data |= {"ParentUser": "corp\\ADM01"} if number % 7 == 0 else {}
        yield event(number, data, file_sha256="aa", locator=str(number), time_zone_assumed=False)


@pytest.mark.parametrize(("parts", "threads"), [(1, 1), (3, 2), (7, 1)])
def test_split_and_threads_change_no_hit(tmp_path, parts, threads):
    rules = load(tmp_path / "rules", *TEXTS)
    with DuckDBStore.in_memory(rows()) as store:
        expected = match_rules(store, rules)
    folder = write_case(tmp_path / "events", list(rows())[:: -1 if parts == 3 else 1], parts)
    with DuckDBStore.open(folder, threads=threads) as store:
        found = match_rules(store, rules)

    assert len(expected.rules) == 3
    assert expected == found
