"""Reads the scope of a plan back from the `verdict.json` of a case."""

from __future__ import annotations

import dataclasses
import json
import types
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from magistrate.errors import UsageError
from magistrate.report.exporters.verdict_json import FILE
from magistrate.response.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = "Investigate the evidence again with this version."


def read_scope(folder: Path) -> tuple[Scope, str]:
    """The scope of a finished case, and the hash of its verdict.

    Raises:
        UsageError: the verdict is missing, is not what this program writes, or comes from a version without plans.
    """
    path = folder / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        case_hash = document["case_hash"]
        scope = document.get("scope")
        if scope is None:
            raise UsageError(
                "the case was made by a version without response plans.", location=str(path), hint=_AGAIN
            )
        if not isinstance(case_hash, str):
            raise TypeError("case_hash is no text")
        return restore(Scope, scope), case_hash
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"the verdict cannot be read: {reason}.", location=str(path), hint=_AGAIN) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            "the verdict is not what this version writes; somebody or something changed it.",
            location=str(path),
            hint=_AGAIN,
        ) from error


def restore(kind: Any, value: Any) -> Any:
    """Turn JSON back into stage data of a known type; what `magistrate.report.plain` does, the other way.

    Raises:
        TypeError: a value has another type, or a field is missing or unknown.
        ValueError: a text is none of a closed set.
    """
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: restore(hints[name], item) for name, item in value.items()})
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise TypeError("a list was expected")
        return tuple(restore(get_args(kind)[0], item) for item in value)
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        return restore(next(part for part in get_args(kind) if part is not type(None)), value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} was expected")
    return value
