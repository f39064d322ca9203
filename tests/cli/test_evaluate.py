from __future__ import annotations

import json
from pathlib import Path

import pytest

from magistrate.cli import main
from magistrate.cli.evaluate import predict_file

DEMO = Path(__file__).parent.parent.parent / "scenarios" / "demo" / "logs"
KEYS = ["file", "verdict", "t1047", "methods", "accounts", "hosts", "findings", "disposition", "rule", "evidence",
        "seconds"]  # fmt: skip
LABEL = {
    "t1546_003": False,
    "methods": [],
    "accounts": [],
    "source_hosts": [],
    "target_hosts": [],
    "records": 10,
}


def _manifest(folder: Path, *labels: dict) -> Path:
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps({**LABEL, **label}) + "\n" for label in labels))
    return path


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory) -> tuple[Path, int]:
    """Two recordings of the bundled evidence and one file that is no log, evaluated by two workers."""
    folder = tmp_path_factory.mktemp("evaluate")
    manifest = _manifest(
        folder,
        {"file": "WS07", "t1047": True, "verdict": "escalate"},
        {"file": "SRV12/System.evtx", "t1047": False, "verdict": "not_t1047"},
        {"file": "missing.evtx", "t1047": False, "verdict": "insufficient"},
    )
    code = main(
        [
            "evaluate",
            str(manifest),
            "--root",
            str(DEMO),
            "-o",
            str(folder / "out.jsonl"),
            "--jobs",
            "2",
            "--errors",
        ]
    )
    return folder / "out.jsonl", code


def test_there_is_one_prediction_a_line_in_manifest_order(evaluated) -> None:
    path, code = evaluated
    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert code == 0
    assert [line["file"] for line in lines] == ["WS07", "SRV12/System.evtx", "missing.evtx"]


def test_a_prediction_holds_the_promised_keys(evaluated) -> None:
    line = json.loads(evaluated[0].read_text().splitlines()[0])

    assert list(line) == KEYS


def test_a_recording_that_cannot_be_read_does_not_end_the_others(evaluated) -> None:
    line = json.loads(evaluated[0].read_text().splitlines()[2])

    assert (line["verdict"], line["t1047"]) == ("insufficient", False)
    assert "missing.evtx" in line["error"]


def test_nothing_is_written_beside_the_recordings(evaluated) -> None:
    assert sorted(path.name for path in DEMO.iterdir()) == ["SRV12", "WS07"]


def test_a_single_recording_is_predicted_in_process() -> None:
    said = predict_file("SRV12/System.evtx", str(DEMO))

    assert (said.file, said.t1047, said.findings) == ("SRV12/System.evtx", False, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [("not json\n", "manifest.jsonl:1: not a JSON object"), ('{"file": "a"}\n', "the label lacks t1047")],
)
def test_a_wrong_manifest_is_refused_with_its_line(tmp_path, capsys, text: str, said: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text(text)

    assert main(["evaluate", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_only_the_named_recordings_are_evaluated(tmp_path, capsys) -> None:
    manifest = _manifest(tmp_path, {"file": "a.evtx", "t1047": True, "verdict": "escalate"})
    code = main(["evaluate", str(manifest), "--only", "b"])

    assert code == 0
    assert capsys.readouterr().out.startswith("0 files, 0 without a prediction")
