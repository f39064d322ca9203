"""Brings whole columns of recorded values to the form of their column, with the rules of `values` and `times`.

A text that comes more than once is converted once; what depends on no value is worked out by Arrow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from magistrate.events.schema import RECORD_COLUMNS, ColumnType, column_types
from magistrate.sources.values import is_null, to_number

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
_ISO_LENGTHS = ((24, 27), 23)  # of texts with a Z behind 3 or 6 decimals, and of Sysmon's without a zone
_DAYS = (-134_774, 2_932_532)  # 1601-01-01 and 9999-01-01: what lies outside names no instant
_DAY_MICROS = 86_400_000_000
_BIGINT_MAX = (1 << 63) - 1


@cache
def arrow_types() -> dict[str, pa.DataType]:
    """Arrow type of each column by its name."""
    return {name: ARROW_TYPES[kind] for name, kind in (*RECORD_COLUMNS, *column_types().items())}


def fill_column(values: Sequence[Any], kind: type, column: str, change: Convert | None) -> pa.Array:
    """The values of one field as a column.

    Args:
        values: as decoded: texts or None where `kind` is str, whole numbers where it is int.
        kind: str or int.
        column: name of the column.
        change: its converter, None when it takes the text as it is.
    """
    if kind is int:
        if change is to_number and max(values) <= _BIGINT_MAX and min(values) >= -_BIGINT_MAX:
            return pa.array(values, pa.int64())
        values = list(map(str, values))
    encoded = pa.array(values, pa.string()).dictionary_encode()
    texts: list[str] = encoded.dictionary.to_pylist()
    found: list[Any]
    if change is None:
        found = [None if _may_be_null(text) and is_null(text) else text for text in texts]
    else:
        found = [None if is_null(text) else change(text) for text in texts]
    return pa.array(found, arrow_types()[column]).take(encoded.indices)


def _may_be_null(text: str) -> bool:
    return len(text) < 16 or text[0].isspace()


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
    column = pa.array(texts, pa.string())
    if column.null_count or not len(column):
        return None
    lengths = set(pc.unique(pc.binary_length(column)).to_pylist())
    if not lengths <= set(_ISO_LENGTHS[0] if has_zone else _ISO_LENGTHS[1:]):
        return None
    try:
        found = column.cast(_UTC) if has_zone else column.cast(_INSTANT)
    except pa.ArrowInvalid:
        return None
    if has_zone and not pc.all(pc.ends_with(column, "Z")).as_py():
        return None
    micros = found.cast(pa.int64())
    bounds = pc.min_max(micros)
    first, last = (day * _DAY_MICROS for day in _DAYS)
    if not first < bounds["min"].as_py() <= bounds["max"].as_py() < last:
        return None
    return micros.cast(_UTC)


def constant(value: Any, column: str, rows: int) -> pa.Array:
    """A column that says the same in every row."""
    kind = arrow_types()[column]
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, kind), rows)
