from __future__ import annotations

import json

import pytest

from magistrate.cli import main
from magistrate.sources.formats import all_formats

NAMES = [item.name for item in all_formats()]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["formats", *words]) == 0

    return capsys.readouterr().out


def test_every_format_is_listed_with_what_it_answers_and_cannot(capsys):
    found = {item["name"]: item for item in json.loads(run(capsys, "--format", "json"))}

    assert sorted(found) == sorted(NAMES)
    assert all(
        item[key] for item in found.values() for key in ("recognised_by", "answers", "cannot", "source")
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_table_names_every_format(capsys, name):
    assert f"\n  {name}: " in run(capsys)


def test_the_table_says_that_alerts_prove_no_coverage(capsys):
    assert "never proof of coverage" in run(capsys)


def test_a_packet_capture_is_refused_with_the_zeek_logs_to_make_of_it(capsys):
    out = " ".join(run(capsys).split())

    assert "conn, dce_rpc, dns, ntlm, kerberos, smb_files, smb_mapping and http" in out
