from __future__ import annotations

import csv
import io
import json

from magistrate.cli import main


def _run(capsys, *words: object) -> str:
    assert main(["graph", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_a_way_goes_from_source_through_account_to_target(demo_case, capsys) -> None:
    lines = _run(capsys, demo_case).splitlines()

    assert [line.strip("├└─│ ") for line in lines[:3]] == ["ws07.corp.example", "CORP\\svc-deploy", "srv12.corp.example"]  # fmt: skip


def test_only_the_ways_of_an_account_are_kept(demo_case, capsys) -> None:
    rows = list(
        csv.DictReader(io.StringIO(_run(capsys, demo_case, "--account", "user07", "--format", "csv")))
    )

    assert {row["account"] for row in rows} == {"CORP\\user07"}


def test_json_has_the_ways_and_the_columns_of_the_picture(demo_case, capsys) -> None:
    graph = json.loads(_run(capsys, demo_case, "--format", "json"))

    assert (len(graph["ways"]), graph["targets"]) == (2, ["srv12.corp.example"])
