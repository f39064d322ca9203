"""Reads a `verdict.json` back into the view it was made from; the file may come from anybody.

Nothing in it is trusted: its size is limited, repeated keys, unknown keys, wrong types and values outside a closed set
are refused with the place where they stand, and the case hash is computed again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import types
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from magistrate.errors import SchemaVersionError, SourceError
from magistrate.report.exporters import verdict_json
from magistrate.report.schema import closed_values, is_time
from magistrate.report.view import SCHEMA, View

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

LIMIT = 512 * 1024 * 1024  # bytes; a case with 10,000 findings has about 40 MB
_AGAIN = "Take the case folder from where it was made, or investigate the evidence again."


class _Unfit(Exception):
    """A value that cannot be part of a view; carries where it stands and what was expected."""


def read_view(case: Path) -> View:
    """The view of a finished case, from its `verdict.json`.

    Raises:
        SourceError: the file is missing, is no such document, or was changed after it was made.
        SchemaVersionError: it was made by a version with another schema.
    """
    path = case / verdict_json.FILE
    where = f"{case.name}/{path.name}"
    try:
        if path.stat().st_size > LIMIT:
            raise SourceError(f"the file is larger than {LIMIT:,} bytes.", location=where, hint=_AGAIN)
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SourceError(f"the file cannot be read: {reason}.", location=where, hint=_AGAIN) from error
    return parse_view(text, where)


def parse_view(text: str, where: str) -> View:
    """A view from the text of a `verdict.json`; `where` names it in errors.

    Raises:
        SourceError: it is no such document, or was changed after it was made.
        SchemaVersionError: it was made by a version with another schema.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except _Unfit as error:
        raise SourceError(f"the document is wrong: {error}.", location=where, hint=_AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise SourceError("the file is no JSON document.", location=where, hint=_AGAIN) from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        known = schema if isinstance(schema, str) else "none"
        raise SchemaVersionError(
            f"the verdict is of schema {known}, this version reads {SCHEMA}.",
            location=where,
            hint="Investigate the evidence again, or use the version that made it.",
        )
    try:
        view = _read(View, document, "verdict")
    except _Unfit as error:
        raise SourceError(f"the document is wrong: {error}.", location=where, hint=_AGAIN) from error
    if _hash(document) != view.case_hash:
        raise SourceError(
            "the verdict does not fit its case hash: it was changed after it was made.",
            location=where,
            hint=_AGAIN,
        )
    return view


def _hash(document: dict[str, Any]) -> str:
    """The hash of the document as it stands, so that one of an older version with fewer fields still fits."""
    rest = {name: value for name, value in document.items() if name != "case_hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit("a key stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise _Unfit(f"{name} is no number")


@cache
def _hints(view: type[Any]) -> dict[str, Any]:
    return get_type_hints(view)


def _read(view: type[T], document: Any, where: str) -> T:
    if not isinstance(document, dict):
        raise _Unfit(f"{where} is no object")
    fields = {field.name.rstrip("_"): field for field in dataclasses.fields(view)}  # type: ignore[arg-type]  # a view
    if unknown := sorted(set(document) - set(fields)):
        raise _Unfit(f"{where} has the unknown key {unknown[0][:40]!r}")
    hints = _hints(view)  # type: ignore[arg-type]  # a class can be hashed, whatever its instances
    values = {}
    for key, field in fields.items():
        if key in document:
            place = f"{where}.{key}"
            values[field.name] = _value(hints[field.name], document[key], place)
            _check_closed(closed_values(view, field.name), document[key], place)
            if is_time(field.name):
                _check_time(document[key], place)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise _Unfit(f"{where} has no {key}")
    try:
        return view(**values)
    except ValueError as error:  # a view that refuses parts which do not fit together
        raise _Unfit(f"{where}: {error}") from error


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise _Unfit(f"{where} is no list")
        return tuple(_value(get_args(hint)[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        (inner,) = (part for part in get_args(hint) if part is not types.NoneType)
        return _value(inner, value, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _read(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(value)
        except ValueError as error:
            raise _Unfit(f"{where} is none of its known values") from error
    if hint is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    elif hint is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, hint)
    if not fits:
        raise _Unfit(f"{where} is no {hint.__name__}")
    return value


def _check_closed(closed: dict[str, Any] | None, value: Any, where: str) -> None:
    if closed is None:
        return
    allowed = closed.get("enum", [closed["const"]] if "const" in closed else None)
    if allowed is not None and value not in allowed:
        raise _Unfit(f"{where} is none of its known values")
    if "pattern" in closed and not re.fullmatch(closed["pattern"], value):
        raise _Unfit(f"{where} has not its form")


def _check_time(value: str | None, where: str) -> None:
    if value is None:
        return
    try:
        fits = datetime.fromisoformat(value).tzinfo is not None and value.endswith("Z")
    except ValueError:
        fits = False
    if not fits:
        raise _Unfit(f"{where} is no UTC time")
