"""The public recordings: never fewer records than the manifest counts, and every record accounted for."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.sources.inputs import find_inputs

pytestmark = pytest.mark.corpus

READ_FORMATS = ("evtx", "json-lines-zip", "json-lines-tar-gz")
# Records of a network monitor, not Windows events: told as such and counted apart.
NOT_EVENTS = (
    "security-datasets/compound/Log4Shell/vminsights_vmconnection_log4shell_cve2021_44228_jndi_reference.zip",
)


def test_no_recording_gives_fewer_records_than_the_manifest(corpus, tmp_path):
    lines = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    known = {row["file"]: row for row in map(json.loads, lines)}
    wanted = {
        name: row["records"]
        for name, row in known.items()
        if row["format"] in READ_FORMATS
        and (row["format"] == "evtx" or row["bytes"] < 350_000)
        and name not in NOT_EVENTS
    }
    paths = {corpus / name: name for name in wanted}
    labels = {item.label: paths[item.path] for item in find_inputs([*paths])}
    intake = collect([*paths], tmp_path / "out", IntakeOptions(jobs=2))
    read: Counter[str] = Counter()
    for file in intake.files:
        assert file.found == file.loaded + file.duplicate + file.recovered + file.bad + file.refused
        label = max((label for label in labels if f"{file.file}/".startswith(f"{label}/")), key=len)
        read[labels[label]] += file.loaded + file.duplicate

    assert {name: (read[name], count) for name, count in wanted.items() if read[name] < (count or 0)} == {}
