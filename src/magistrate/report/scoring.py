"""Scores predictions against labels: precision, recall, verdict matrix, false findings per million events.

Left out of the detection figures: labels `uncertain`, and recordings that nobody decoded (`label_depth` is
`name`). A scored recording without a prediction counts as a miss. Accounts and hosts are compared in recordings
that are labelled and said to hold T1047; an account without its domain, a host name without its domain.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("escalate", "do_not_escalate", "not_t1047", "insufficient")
NO_PREDICTION = "(none)"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ratio:
    """True and false positives and false negatives with what follows from them; None where it is undefined."""

    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float | None:
        """Share of what was said that is true."""
        said = self.tp + self.fp
        return self.tp / said if said else None

    @property
    def recall(self) -> float | None:
        """Share of what is true that was said."""
        true = self.tp + self.fn
        return self.tp / true if true else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; 0 when one is 0, None when there is nothing to judge."""
        if not self.tp + self.fp + self.fn:
            return None
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Labelled verdicts against given ones: `cells[truth][said]`."""

    cells: Mapping[str, Mapping[str, int]]

    @property
    def scored(self) -> int:
        """Recordings in the matrix."""
        return sum(number for row in self.cells.values() for number in row.values())

    @property
    def accuracy(self) -> float | None:
        """Share of agreement."""
        right = sum(row.get(truth, 0) for truth, row in self.cells.items())
        return right / self.scored if self.scored else None

    def verdict(self, name: str) -> Ratio:
        """One verdict against the others."""
        own = self.cells.get(name, {})
        hit = own.get(name, 0)
        false = sum(row.get(name, 0) for truth, row in self.cells.items() if truth != name)
        return Ratio(hit, false, sum(own.values()) - hit)

    @property
    def macro_f1(self) -> float | None:
        """Mean F1 over the verdicts that occur as label or as prediction."""
        seen = [ratio for ratio in map(self.verdict, VERDICTS) if ratio.tp + ratio.fp + ratio.fn]
        return sum(ratio.f1 or 0.0 for ratio in seen) / len(seen) if seen else None


@dataclass(frozen=True, slots=True)
class FalsePositives:
    """What was raised in recordings without WMI abuse."""

    files: int
    events: int
    flagged_files: int
    findings: int
    escalated_files: int

    @property
    def findings_per_million(self) -> float | None:
        """False findings in a million events; None without events."""
        return self.findings * 1e6 / self.events if self.events else None


@dataclass(frozen=True, slots=True)
class Wrong:
    """One recording that was judged wrong. `kind` is missed, false alarm or verdict."""

    kind: str
    file: str
    said: str
    why: str


@dataclass(frozen=True, slots=True)
class Score:
    """Every figure of an evaluation."""

    files: int
    missing: int
    detection: Ratio
    true_negatives: int
    malicious: Ratio
    verdicts: Matrix
    verdicts_relevant: Matrix
    accounts: Ratio
    hosts: Ratio
    false_benign: FalsePositives
    false_all: FalsePositives
    methods: Mapping[str, tuple[int, int]]
    closed_escalations: tuple[str, ...]
    wrong: tuple[Wrong, ...]


@dataclass(slots=True)
class _Counts:
    detection: Counter[str] = field(default_factory=Counter)
    malicious: Counter[str] = field(default_factory=Counter)
    cells: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    relevant: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    accounts: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    benign: Counter[str] = field(default_factory=Counter)
    clean: Counter[str] = field(default_factory=Counter)
    method_hits: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    closed: list[str] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def score(labels: Sequence[Row], predictions: Iterable[Row]) -> Score:
    """Compare predictions with the labels of the same files."""
    said = {str(item["file"]): item for item in predictions}
    counts = _Counts()
    for label in labels:
        if label.get("label_depth") == "name":
            continue
        prediction = said.get(label["file"])
        counts.missing += prediction is None
        _count(counts, label, prediction or {})
    return Score(
        files=len(labels),
        missing=counts.missing,
        detection=_ratio(counts.detection),
        true_negatives=counts.detection["tn"],
        malicious=_ratio(counts.malicious),
        verdicts=_matrix(counts.cells),
        verdicts_relevant=_matrix(counts.relevant),
        accounts=_ratio(counts.accounts),
        hosts=_ratio(counts.hosts),
        false_benign=_false_positives(counts.benign),
        false_all=_false_positives(counts.clean),
        methods={name: (counts.method_hits[name], number) for name, number in sorted(counts.methods.items())},
        closed_escalations=tuple(counts.closed),
        wrong=tuple(counts.wrong),
    )


def _count(counts: _Counts, label: Row, prediction: Row) -> None:
    truth, is_said = label["t1047"], bool(prediction.get("t1047"))
    verdict = str(prediction.get("verdict", NO_PREDICTION))
    if truth != "uncertain":
        kind = _kind(bool(truth), is_said)
        counts.detection[kind] += 1
        abused = bool(truth) or bool(label["t1546_003"])
        counts.malicious[_kind(abused, is_said or verdict == "escalate")] += 1
        if kind in ("fp", "fn"):
            what = "false alarm" if kind == "fp" else "missed"
            counts.wrong.append(Wrong(what, label["file"], str(prediction.get("rule", "")), label["reason"]))
    if truth is True:
        _count_names(counts, label, prediction, is_said)
    if label["verdict"] in VERDICTS:
        _count_verdict(counts, label, verdict, prediction)
    if truth is False and not label["t1546_003"]:
        groups = [counts.clean, *([counts.benign] if label["verdict"] == "do_not_escalate" else [])]
        for group in groups:
            group["files"] += 1
            group["events"] += label["records"]
            group["flagged"] += is_said
            group["findings"] += int(prediction.get("findings", 1)) if is_said else 0
            group["escalated"] += verdict == "escalate"


def _count_names(counts: _Counts, label: Row, prediction: Row, is_said: bool) -> None:
    for name in label["methods"]:
        counts.methods[name] += 1
        counts.method_hits[name] += is_said
    if is_said:
        _compare(
            counts.accounts, map(account_key, label["accounts"]), map(account_key, prediction["accounts"])
        )
        hosts = [*label["source_hosts"], *label["target_hosts"]]
        _compare(counts.hosts, map(host_key, hosts), map(host_key, prediction["hosts"]))


def _count_verdict(counts: _Counts, label: Row, verdict: str, prediction: Row) -> None:
    truth = label["verdict"]
    counts.cells[truth][verdict] += 1
    if label.get("label_depth") == "deep":
        counts.relevant[truth][verdict] += 1
    if truth == "escalate" and str(prediction.get("disposition", "")).startswith("CLOSE"):
        counts.closed.append(label["file"])
    if verdict != truth and label["t1047"] is not False:
        said = f"{truth} -> {verdict} by {prediction.get('rule', '')}"
        counts.wrong.append(Wrong("verdict", label["file"], said, label["reason"]))


def account_key(name: str) -> str:
    """An account without its domain, in lower case."""
    return name.replace("/", "\\").rsplit("\\", 1)[-1].split("@", 1)[0].strip().lower()


def host_key(name: str) -> str:
    """A host without its domain, in lower case; an address as it is."""
    key = name.strip().lower()
    is_address = ":" in key or key.replace(".", "").isdigit()
    return key if is_address else key.split(".", 1)[0]


def _kind(is_true: bool, is_said: bool) -> str:
    return {(True, True): "tp", (True, False): "fn", (False, True): "fp", (False, False): "tn"}[
        is_true, is_said
    ]


def _compare(counter: Counter[str], true: Iterable[str], said: Iterable[str]) -> None:
    expected, given = set(true), set(said)
    counter["tp"] += len(expected & given)
    counter["fp"] += len(given - expected)
    counter["fn"] += len(expected - given)


def _ratio(counter: Counter[str]) -> Ratio:
    return Ratio(counter["tp"], counter["fp"], counter["fn"])


def _matrix(cells: Mapping[str, Counter[str]]) -> Matrix:
    return Matrix({truth: dict(cells[truth]) for truth in VERDICTS if truth in cells})


def _false_positives(counter: Counter[str]) -> FalsePositives:
    names = ("files", "events", "flagged", "findings", "escalated")
    return FalsePositives(*(counter[name] for name in names))
