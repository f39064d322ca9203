"""Brings whole columns of recorded values to the form of their column, with the rules of `values` and `times`.

A text that comes more than once is converted once; what depends on no value is worked out by Arrow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from magistrate.events.schema import RECORD_COLUMNS, ColumnType, column_types
from magistrate.sources.values import NULL_PATTERN, NULL_TEXTS, changed_patterns, is_null, to_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magistrate.sources.mapping import Convert

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bool": pa.bool_(),
}
_INSTANT = pa.timestamp("us")
_UTC = pa.timestamp("us", "UTC")
_LENGTHS = {
    True: {24, 27},
    False: {23},
}  # of texts with a Z behind 3 or 6 decimals, and of Sysmon's without a zone
_DAYS = (-134_774, 2_932_532)  # 1601-01-01 and 9999-01-01: what lies outside names no instant
_DAY_MICROS = 86_400_000_000
_BIGINT_MAX = (1 << 63) - 1
_A_NUMBER = "ProcessId"  # stands for every column of numbers


@cache
def _null_texts() -> pa.Array:
    """The plain null texts. Not made on import: Arrow's first array reserves a gigabyte of a worker's allowance."""
    return pa.array(sorted(NULL_TEXTS), pa.string())


@cache
def arrow_types() -> dict[str, pa.DataType]:
    """Arrow type of each column by its name."""
    return {name: ARROW_TYPES[kind] for name, kind in (*RECORD_COLUMNS, *column_types().items())}


def fill_column(values: Sequence[Any], kind: type, column: str, change: Convert | None) -> pa.Array:
    """The values of one field as a column.

    Args:
        values: as decoded: texts or None where `kind` is str, else what `kind` says.
        kind: str, int or bool.
        column: name of the column.
        change: its converter, None when it takes the text as it is.
    """
    if kind is int:
        if change is to_number and max(values) <= _BIGINT_MAX and min(values) >= -_BIGINT_MAX:
            return pa.array(values, pa.int64())
        values = list(map(str, values))
    elif kind is bool:
        values = ["true" if value else "false" for value in values]
    texts = pa.array(values, pa.string())
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary
    if change is to_number:
        return _numbers(distinct).take(encoded.indices)
    if _stay(distinct, "" if change is None else changed_patterns().get(column)):
        return texts  # as most columns do
    found = _one_by_one(distinct, column, change)
    return found.take(encoded.indices)


def _stay(distinct: pa.Array, pattern: str | None) -> bool:
    """True when no text is null or matches the pattern of what changes; an empty pattern changes none."""
    if pattern is None or _any_matches(distinct, NULL_PATTERN):
        return False
    return not pattern or not _any_matches(distinct, pattern)


def _any_matches(distinct: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(distinct, pattern)).as_py())


def _one_by_one(distinct: pa.Array, column: str, change: Convert | None) -> pa.Array:
    texts: list[str] = distinct.to_pylist()
    if change is None:
        found: list[Any] = [None if is_null(text) else text for text in texts]
    else:
        found = [None if is_null(text) else change(text) for text in texts]
    return pa.array(found, arrow_types()[column])


def _numbers(distinct: pa.Array) -> pa.Array:
    """Texts as numbers: by Arrow where all are plain, decimal or hex; else as `to_number` reads them."""
    plain = pc.if_else(pc.is_in(distinct, _null_texts()), None, distinct)
    try:
        found = plain.cast(pa.int64())
    except pa.ArrowInvalid:
        return _one_by_one(distinct, _A_NUMBER, to_number)
    # Arrow reads 16 hex digits as a number with a sign, which `to_number` does not.
    least = pc.min(found).as_py()
    return found if least is None or least >= 0 else _one_by_one(distinct, _A_NUMBER, to_number)


def map_distinct(column: pa.Array, change: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """A text column with every value changed; nulls stay."""
    encoded = column.dictionary_encode()
    return pa.array(map(change, encoded.dictionary.to_pylist()), kind).take(encoded.indices)


def read_times(texts: Sequence[str | None], *, has_zone: bool) -> pa.Array | None:
    """Time texts as instants, when all are of the shape that the library or Sysmon writes.

    Args:
        texts: one an event.
        has_zone: true for `2026-03-02T10:00:00.000000Z`, false for Sysmon's `2026-03-02 10:00:00.000`.

    Returns:
        None when any differs, and then `times` has to read them one by one.
    """
    if None in texts or not set(map(len, texts)) <= _LENGTHS[has_zone]:  # type: ignore[arg-type] # None is out
        return None
    column = pa.array(texts, pa.string())
    try:
        micros = column.cast(_UTC if has_zone else _INSTANT).cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    if has_zone and not pc.all(pc.ends_with(column, "Z")).as_py():
        return None
    bounds = pc.min_max(micros).as_py()
    first, last = (day * _DAY_MICROS for day in _DAYS)
    return micros.cast(_UTC) if first < bounds["min"] and bounds["max"] < last else None


def constant(value: Any, column: str, rows: int) -> pa.Array:
    """A column that says the same in every row."""
    kind = arrow_types()[column]
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)
