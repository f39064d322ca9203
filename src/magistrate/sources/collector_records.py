"""Reads what collectors write about their own work: the host, the profile, and what they could not copy.

Field names after public outputs of KAPE 1.2 and 1.3 (console, copy and skip logs), Velociraptor's offline collector
(client_info.json, collection_context.json, uploads.json) and acquire (its report).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MOST_BYTES = 32 << 20
_FAILURES_KEPT = 50
_LISTED_KEPT = 2_000
_TEXT_KEPT = 300


@dataclass(frozen=True, slots=True)
class CollectorFacts:
    """What one record of a collector says.

    `profile` names what it was told to collect. `failures` holds (path, reason) of what it could not copy, at most
    so many as are shown; `failed` counts all. `logs` are the paths of event logs that it says it copied.
    """

    tool: str
    hosts: tuple[str, ...] = ()
    profile: tuple[str, ...] = ()
    failures: tuple[tuple[str, str], ...] = ()
    failed: int = 0
    logs: tuple[str, ...] = ()


def read_collector_record(label: str, stream: IO[bytes], size_bytes: int) -> CollectorFacts | None:
    """The facts in a file; None when it is no record of a collector, by its name or by its content.

    The stream is put back to its start.
    """
    name = re.split(r"[/\\]", label)[-1]
    reader = next((read for pattern, read in _RECORDS if pattern.fullmatch(name)), None)
    if reader is None or size_bytes > _MOST_BYTES:
        return None
    try:
        return reader(stream.read(_MOST_BYTES))
    except (ValueError, csv.Error, RecursionError):  # decoding errors of text and JSON are ValueErrors
        return None
    finally:
        stream.seek(0)


def _facts(
    tool: str,
    failures: Iterable[tuple[str, str]] = (),
    *,
    hosts: Iterable[str] = (),
    profile: Iterable[str] = (),
    logs: Iterable[str] = (),
) -> CollectorFacts:
    found = sorted({(path[:_TEXT_KEPT], why.strip()[:_TEXT_KEPT]) for path, why in failures})
    return CollectorFacts(
        tool,
        tuple(sorted({host.strip() for host in hosts if host.strip()})),
        tuple(dict.fromkeys(item.strip() for item in profile if item.strip())),
        tuple(sorted(found, key=lambda item: (not is_log(item[0]), item))[:_FAILURES_KEPT]),
        len(found),
        tuple(sorted(set(logs)))[:_LISTED_KEPT],
    )


def is_log(path: str) -> bool:
    """True for the path of an event log."""
    return path.lower().endswith(".evtx")


_COMMAND = re.compile(r"Command line:\s*(.*)")
_TARGETS = re.compile(r"--target\s+(\"[^\"]+\"|\S+)")
_SOURCE = re.compile(r"--tsource\s+(\"[^\"]+\"|\S+)")
_MACHINE = re.compile(r"Machine name:\s*([^,\r\n]+)")
_NOT_COPIED = re.compile(r"Could not copy file (.+?) to .+?\. Error: (.*)")
_GONE = re.compile(r"File (.+?) does not exist! Skipping!")


def _kape_console(content: bytes) -> CollectorFacts | None:
    """The console log. Its machine is where KAPE ran, which is the host only when the running system was copied."""
    text = _text(content)
    command = _COMMAND.search(text)
    if command is None or "KAPE" not in text[:4096]:
        return None
    targets, source = _TARGETS.search(command[1]), _SOURCE.search(command[1])
    live = source is not None and source[1].strip('"\\').upper() == "C:"
    machine = _MACHINE.search(text)
    failures = [(found[1], found[2]) for found in _NOT_COPIED.finditer(text)]
    failures += [(found[1], "it was gone when it should be copied") for found in _GONE.finditer(text)]
    return _facts(
        "KAPE",
        failures,
        hosts=[machine[1]] if machine and live else [],
        profile=targets[1].strip('"').split(",") if targets else [],
    )


def _kape_copies(content: bytes) -> CollectorFacts | None:
    rows = _rows(content, ("SourceFile", "DestinationFile"))
    return _facts("KAPE", logs=(row["SourceFile"] for row in rows if is_log(row["SourceFile"])))


def _kape_skips(content: bytes) -> CollectorFacts | None:
    """The skip log; a file that was copied already under another name is no loss."""
    rows = _rows(content, ("SourceFile", "Reason"))
    return _facts(
        "KAPE", ((row["SourceFile"], row["Reason"]) for row in rows if row["Reason"].lower() != "deduped")
    )


def _rows(content: bytes, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Rows of a CSV file as text by column.

    Raises:
        ValueError: it has not the columns.
    """
    table = csv.DictReader(io.StringIO(_text(content), newline=""))
    if not set(needed) <= set(table.fieldnames or ()):
        raise ValueError("other columns")
    for row in table:
        yield {name: str(row.get(name) or "") for name in needed}


def _velociraptor_client(content: bytes) -> CollectorFacts | None:
    found = msgspec.json.decode(content)
    if not isinstance(found, dict) or "Hostname" not in found:
        return None
    return _facts("Velociraptor", hosts=[str(found.get("Fqdn") or found["Hostname"])])


def _velociraptor_context(content: bytes) -> CollectorFacts | None:
    found = msgspec.json.decode(content)
    request = found.get("request") if isinstance(found, dict) else None
    if not isinstance(request, dict):
        return None
    failures = [
        (str(item.get("Artifact") or "an artifact"), str(item["error_message"]))
        for item in _objects(found.get("query_stats"))
        if item.get("error_message")
    ]
    artifacts = request.get("artifacts")
    return _facts(
        "Velociraptor", failures, profile=map(str, artifacts if isinstance(artifacts, list) else [])
    )


def _velociraptor_uploads(content: bytes) -> CollectorFacts | None:
    """The list of uploads: what was stored short of its size was cut by a limit or an error."""
    failures, logs, seen = [], [], False
    for row in _lines(content):
        if "uploaded_size" not in row:
            continue
        seen = True
        path = "\\".join(map(str, row.get("_Components") or [row.get("vfs_path")]))
        size, stored = row.get("file_size"), row["uploaded_size"]
        if is_log(path):
            logs.append(path)
        if isinstance(size, int) and isinstance(stored, int) and stored < size and row.get("Type") != "idx":
            failures.append((path, f"{stored} of {size} bytes were stored"))
    return _facts("Velociraptor", failures, logs=logs) if seen else None


def _velociraptor_log(content: bytes) -> CollectorFacts | None:
    rows = [row for row in _lines(content) if "message" in row and "client_time" in row]
    errors = [str(row["message"]) for row in rows if str(row.get("level")).upper() == "ERROR"]
    return _facts("Velociraptor", (("", text) for text in errors)) if rows else None


def _acquire_report(content: bytes) -> CollectorFacts | None:
    """The report: outcome lists by module."""
    found = msgspec.json.decode(content)
    if not isinstance(found, dict):
        return None
    records = [
        record
        for outcomes in found.values()
        if isinstance(outcomes, dict)
        for listed in outcomes.values()
        for record in _objects(listed)
        if "artifact_value" in record and "outcome" in record
    ]
    failures = [
        (str(item["artifact_value"]), str(item.get("details") or "failed"))
        for item in records
        if item["outcome"] == "failure"
    ]
    logs = [str(item["artifact_value"]) for item in records if item["outcome"] == "success"]
    modules = (str(item.get("module_name")) for item in records)
    return _facts("acquire", failures, profile=modules, logs=filter(is_log, logs)) if records else None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    for line in content.splitlines():
        if line.strip():
            row = msgspec.json.decode(line)
            if isinstance(row, dict):
                yield row


def _text(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return content.decode(encoding, "backslashreplace")


_RECORDS: tuple[tuple[re.Pattern[str], Callable[[bytes], CollectorFacts | None]], ...] = (
    (re.compile(r".*_ConsoleLog\.txt", re.IGNORECASE), _kape_console),
    (re.compile(r".*_CopyLog\.csv(?:\.csv)?", re.IGNORECASE), _kape_copies),
    (re.compile(r".*_SkipLog\.csv(?:\.csv)?", re.IGNORECASE), _kape_skips),
    (re.compile(r"client_info\.json"), _velociraptor_client),
    (re.compile(r"collection_context\.json"), _velociraptor_context),
    (re.compile(r"uploads\.json"), _velociraptor_uploads),
    (re.compile(r"log\.json"), _velociraptor_log),
    (re.compile(r".*report\.json"), _acquire_report),
)
