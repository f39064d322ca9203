"""`magistrate evaluate`: a regression pack for verdicts."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from magistrate.errors import MagistrateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.prediction import Prediction
    from magistrate.report.scoring import FalsePositives, Matrix, Ratio, Score

_BATCH = 200
"""Investigations after which the workers are replaced, so that their memory does not grow with the manifest."""

_NEEDED = (
    "file",
    "t1047",
    "t1546_003",
    "verdict",
    "methods",
    "accounts",
    "source_hosts",
    "target_hosts",
    "records",
)


@click.command("evaluate")
@click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--root",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that the manifest's file names start from; the manifest's own when omitted.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Investigations at a time.",
)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="PREDICTIONS",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one JSON object per manifest line to this file.",
)
@click.option("--only", metavar="TEXT", help="Only files whose name holds this text.")
@click.option("--errors", is_flag=True, help="List the recordings that were judged wrong.")
def command(
    manifest: Path, root: Path | None, jobs: int, output: Path | None, only: str | None, errors: bool
) -> int:
    """Measure verdicts against a labelled manifest.

    MANIFEST is a file of JSON lines: file, t1047, t1546_003, verdict, methods, accounts, source_hosts,
    target_hosts, records and reason. Each line is one investigation of its own. Prints precision, recall, F1,
    the verdict matrix and false findings per million events.
    """
    from magistrate.report.plain import plain
    from magistrate.report.scoring import score
    from magistrate.report.write import write_text

    labels = [label for label in _read_manifest(manifest) if not only or only in label["file"]]
    folder = root or manifest.parent
    predictions = [
        {name: value for name, value in plain(item).items() if name != "error" or value}
        for item in predict_all([label["file"] for label in labels], folder, jobs)
    ]
    if output:
        write_text(output, "".join(json.dumps(item, ensure_ascii=True) + "\n" for item in predictions))
    _print_score(score(labels, predictions), errors)
    return 0


def _read_manifest(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            "the manifest cannot be read.", location=str(path), hint="Check the path."
        ) from error
    labels = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            label = json.loads(line)
            missing = [name for name in _NEEDED if name not in label]
        except (ValueError, TypeError) as error:
            raise UsageError("not a JSON object.", location=f"{path.name}:{number}") from error
        if missing:
            raise UsageError(
                f"the label lacks {', '.join(missing)}.", location=f"{path.name}:{number}", hint="Add them."
            )
        labels.append({"reason": "", "label_depth": "deep", **label})
    return labels


def predict_all(files: list[str], root: Path, jobs: int) -> Iterator[Prediction]:
    """One prediction per file, in the order of the files, with progress on stderr.

    Workers are replaced between batches and not by `max_tasks_per_child`, which deadlocks in Python 3.11 when the
    last worker leaves while work is queued (cpython issue 115634).
    """
    number = 0
    for start in range(0, len(files), _BATCH):
        for prediction in _predict_batch(files[start : start + _BATCH], root, jobs):
            number += 1
            _progress(number, len(files), prediction)
            yield prediction


def _predict_batch(files: list[str], root: Path, jobs: int) -> Iterator[Prediction]:
    from magistrate.report.prediction import failed

    context = multiprocessing.get_context("spawn")  # a forked engine's threads would be missing in the child
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        futures = [pool.submit(predict_file, file, str(root)) for file in files]
        for file, future in zip(files, futures, strict=True):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield failed(file, 0.0, "the worker process died")


def predict_file(file: str, root: str) -> Prediction:
    """Investigate one recording in a folder that is thrown away; runs in a worker process."""
    from magistrate.investigation import investigate
    from magistrate.report.prediction import failed, predict

    started = time.perf_counter()
    path = Path(root) / file
    with tempfile.TemporaryDirectory(prefix="magistrate-evaluate-") as case:
        try:
            found = investigate([path], Path(case))
        except MagistrateError as error:
            return failed(file, time.perf_counter() - started, str(error))
        except Exception as error:  # noqa: BLE001 - one recording must not end the evaluation of the others
            return failed(
                file, time.perf_counter() - started, f"internal error ({type(error).__name__}): {error}"
            )
    return predict(found, file, time.perf_counter() - started)


def _progress(number: int, total: int, prediction: Prediction) -> None:
    from magistrate.report.defuse import for_terminal

    said = prediction.error or f"{prediction.disposition} by {prediction.rule}"
    text = f"[{number}/{total}] {prediction.file}: {said} ({prediction.seconds:.1f} s)"
    click.echo(for_terminal(text), err=True)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _print_score(score: Score, errors: bool) -> None:
    from magistrate.report.defuse import for_terminal
    from magistrate.report.scoring import NO_PREDICTION, VERDICTS

    def ratio(title: str, value: Ratio, more: str = "") -> None:
        figures = (
            f"precision {_number(value.precision)}  recall {_number(value.recall)}  F1 {_number(value.f1)}"
        )
        click.echo(f"{title:<34} {figures}  (tp {value.tp} fp {value.fp} fn {value.fn}{more})")

    def matrix(title: str, value: Matrix) -> None:
        click.echo(
            f"{title}: {value.scored} scored, accuracy {_number(value.accuracy)}, macro F1 {_number(value.macro_f1)}"
        )
        columns = (*VERDICTS, NO_PREDICTION)
        click.echo("  truth \\ said".ljust(19) + "".join(name.rjust(17) for name in columns))
        for truth, row in value.cells.items():
            click.echo(f"  {truth:<17}" + "".join(str(row.get(name, 0)).rjust(17) for name in columns))

    def false(title: str, value: FalsePositives) -> None:
        click.echo(
            f"{title}: {value.flagged_files} of {value.files} files, {value.findings} findings in "
            f"{value.events:,} events = {_number(value.findings_per_million)} per million; "
            f"{value.escalated_files} files escalated"
        )

    click.echo(f"{score.files} files, {score.missing} without a prediction")
    ratio("T1047 detection", score.detection, f" tn {score.true_negatives}")
    ratio("malicious WMI, flagged or escalated", score.malicious)
    ratio("accounts, in detected files", score.accounts)
    ratio("hosts, in detected files", score.hosts)
    matrix("verdict, WMI-relevant files", score.verdicts_relevant)
    matrix("verdict, all files", score.verdicts)
    false("false positives, benign", score.false_benign)
    false("false positives, no WMI abuse", score.false_all)
    click.echo(
        "recall by method: "
        + ", ".join(f"{name} {hit}/{all_}" for name, (hit, all_) in score.methods.items())
    )
    click.echo(f"labelled escalate but closed: {len(score.closed_escalations)}")
    if errors:
        for item in score.wrong:
            click.echo(for_terminal(f"{item.kind}: {item.file}: {item.said}: {item.why}", 500))
