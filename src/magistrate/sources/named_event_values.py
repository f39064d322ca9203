"""Values that products with named events hold in several fields: Defender's tables, Zeek's RPC calls."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.sources.values import is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]

# Columns that hold a path of Defender, with the field of the file name that the path may lack.
_PATHS = (
    ("Image", "InitiatingProcessFolderPath", "InitiatingProcessFileName"),
    ("TargetFilename", "FolderPath", "FileName"),
    ("ImageLoaded", "FolderPath", "FileName"),
    ("ImagePath", "FolderPath", "FileName"),
)
_PROCESS_PATHS = (
    ("Image", "FolderPath", "FileName"),
    ("ParentImage", "InitiatingProcessFolderPath", "InitiatingProcessFileName"),
)
_HASHES = (("MD5", "MD5"), ("SHA1", "SHA1"), ("SHA256", "SHA256"))
_UNKNOWN = re.compile(r"unknown-(\d{1,5})", re.ASCII)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,20})?(?:[eE]-\d{1,3})?", re.ASCII)
_TYPE_SUFFIX = " interface"


def _defender_process(row: Row, data: Mapping[str, str | None]) -> Mapping[str, str | None]:
    _complete(row, data, _PROCESS_PATHS)
    return {"Hashes": _hashes(data)}


def _defender_event(row: Row, data: Mapping[str, str | None]) -> Mapping[str, str | None]:
    columns = tuple(item for item in _PATHS if item[0] in row or item[0] == "Image")
    _complete(row, data, columns)
    name = data.get("RegistryValueName")
    if (key := row.get("TargetObject")) and name:
        row["TargetObject"] = f"{key}\\{name}"
    return {"Hashes": _hashes(data)}


def _complete(row: Row, data: Mapping[str, str | None], columns: tuple[tuple[str, str, str], ...]) -> None:
    """Paths with their file name: the schema calls them folders, most records hold the whole path."""
    for column, _, name_field in columns:
        path, name = row.get(column), data.get(name_field)
        if is_null(name) or name is None:
            continue
        if not path:
            row[column] = name
        elif not path.lower().endswith(name.lower()):
            row[column] = f"{path.rstrip(chr(92))}\\{name}"


def _hashes(data: Mapping[str, str | None]) -> str | None:
    found = [f"{kind}={data[field]}" for kind, field in _HASHES if not is_null(data.get(field))]
    return ",".join(found) or None


@cache
def _interfaces() -> tuple[Mapping[str, str], Mapping[tuple[str, int], str]]:
    """Names of RPC interfaces by id, and of their calls by interface and number."""
    text = resources.files(__package__).joinpath("zeek_rpc_interfaces.csv").read_text(encoding="utf-8")
    names: dict[str, str] = {}
    calls: dict[tuple[str, int], str] = {}
    for row in csv.DictReader(text.splitlines()):
        names[row["uuid"]] = row["interface"]
        key = (row["interface"], int(row["opnum"]))
        if key in calls:
            raise ValueError(f"zeek_rpc_interfaces.csv repeats {row['interface']} {row['opnum']}")
        calls[key] = row["operation"]
    return names, calls


def _zeek_rpc(row: Row, data: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Name interfaces and calls that Zeek's own table leaves as an id or a number."""
    names, calls = _interfaces()
    recorded = (row.get("RpcInterface") or "").strip()
    interface = names.get(recorded.lower(), recorded.removesuffix(_TYPE_SUFFIX))
    if interface:
        row["RpcInterface"] = interface
    if match := _UNKNOWN.fullmatch(row.get("Operation") or ""):
        row["Operation"] = calls.get((interface, int(match.group(1))), match.group())
    return {}


def _zeek_conn(row: Row, data: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """The length of a connection, which Zeek writes in seconds, as whole milliseconds."""
    if match := _SECONDS.fullmatch((data.get("duration") or "").strip()):
        row["DurationMs"] = int(float(match.group()) * 1000)
    return {}


NAMED_STEPS: dict[str, Callable[[Row, Mapping[str, str | None]], Mapping[str, str | None]]] = {
    "defender_process": _defender_process,
    "defender_event": _defender_event,
    "zeek_rpc": _zeek_rpc,
    "zeek_conn": _zeek_conn,
}
