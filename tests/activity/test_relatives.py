"""Processes around the acts of a session, on the bundled demonstration evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from magistrate.activity.relatives import Relation, find_relatives
from magistrate.activity.run import examine
from magistrate.context.model import Context
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore

LOGS = Path(__file__).parents[2] / "scenarios" / "demo" / "logs"


@pytest.fixture(scope="module")
def relatives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    collect([LOGS], folder, IntakeOptions())
    with DuckDBStore.open(folder) as store:
        return find_relatives(store, examine(store, Context()))


def _named(relatives, name: str):
    return next(item for item in relatives if item.process.name == name)


def test_the_chain_above_the_client_reaches_the_document_program(relatives) -> None:
    by_key = {item.process.key: item for item in relatives}
    names, item = [], _named(relatives, "wmic.exe")
    while item.parent_key:
        item = by_key[item.parent_key]
        names.append(item.process.name)

    assert names == ["cmd.exe", "powershell.exe", "excel.exe", "outlook.exe"]


def test_what_an_act_started_is_below_it(relatives) -> None:
    child = _named(relatives, "ipconfig.exe")
    parent = next(item for item in relatives if item.process.key == child.parent_key)

    assert (child.relation, parent.relation, parent.process.name) == (Relation.DESCENDANT, Relation.ACT, "cmd.exe")  # fmt: skip


def test_the_two_records_of_one_process_are_one_relative(relatives) -> None:
    assert len([item for item in relatives if item.process.name == "ipconfig.exe"]) == 1


def test_a_process_of_the_host_that_no_act_leads_to_is_left_out(relatives) -> None:
    linked = {item.process.key for item in relatives}
    tops = [item for item in relatives if item.relation is Relation.ANCESTOR and not item.parent_key]

    assert all(any(other.parent_key == item.process.key for other in relatives) for item in tops)
    assert len(linked) == len(relatives)
