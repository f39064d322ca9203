"""Groups the rows of a batch by the numbers in several columns, without looking at each row in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.sigma.plan import EventKind
    from magistrate.sigma.signatures import Key

_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Coded:
    """One number for each row of a batch, below `size`.

    `indices` is an Arrow array of places in `numbers`, null where the row has the number `null`.
    """

    indices: Any
    numbers: Sequence[int]
    null: int
    size: int

    @classmethod
    def of(cls, codes: Sequence[int], size: int) -> Coded:
        """The numbers as they are."""
        import pyarrow as pa  # here and not above: slow to load

        return cls(pa.array(codes, pa.int32()), range(size), 0, size)

    @property
    def same(self) -> int | None:
        """The number that all rows share; None when they differ."""
        if self.indices.null_count == len(self.indices):
            return self.null
        if isinstance(self.numbers, range) and len(self.numbers) > 1:
            return None
        found = {*self.numbers, *((self.null,) if self.indices.null_count else ())}
        return found.pop() if len(found) == 1 else None

    def codes(self) -> Any:
        """The numbers as an Arrow array of 64 bits."""
        import pyarrow as pa
        import pyarrow.compute as compute

        if isinstance(self.numbers, range):
            found = self.indices.cast(pa.int64())
            return compute.fill_null(found, self.null) if self.indices.null_count else found
        found = pa.array(self.numbers, pa.int64()).take(self.indices)
        return compute.fill_null(found, self.null) if self.indices.null_count else found


@dataclass(frozen=True, slots=True)
class RowGroups:
    """The different keys of a batch, and for each row the place of its key."""

    keys: list[Key]
    of_row: Any

    def rows_of(self, wanted: Sequence[int]) -> tuple[Any, list[int]]:
        """Rows with one of the wanted keys: their places as an Arrow array, and the place of the key of each."""
        import pyarrow as pa
        import pyarrow.compute as compute

        places = compute.indices_nonzero(compute.is_in(self.of_row, value_set=pa.array(wanted, pa.int64())))
        return places, self.of_row.take(places).to_pylist()


def group_rows(columns: Sequence[Coded], rows: int) -> RowGroups:
    """Group rows by their numbers in all columns."""
    import pyarrow as pa

    fixed = [column.same for column in columns]
    keys: list[Key] = [()]
    of_row: Any = pa.array([0] * rows, pa.int64())
    chunk: list[tuple[int, Coded]] = []
    size = 1
    for place, column in enumerate(columns):
        if fixed[place] is not None:
            continue
        if size * column.size * max(1, len(keys)) >= _LIMIT:
            keys, of_row = _combine(keys, of_row, chunk)
            chunk, size = [], 1
        chunk.append((place, column))
        size *= column.size
    if chunk:
        keys, of_row = _combine(keys, of_row, chunk)
    order = [place for place, number in enumerate(fixed) if number is None]
    return RowGroups([_fill(key, order, fixed) for key in keys], of_row)


def _combine(keys: list[Key], of_row: Any, chunk: Sequence[tuple[int, Coded]]) -> tuple[list[Key], Any]:
    import pyarrow as pa
    import pyarrow.compute as compute

    codes = of_row
    for _, column in chunk:
        codes = compute.add(compute.multiply(codes, pa.scalar(column.size, pa.int64())), column.codes())
    encoded = codes.dictionary_encode()
    sizes = [column.size for _, column in reversed(chunk)]
    found: list[Key] = []
    for code in encoded.dictionary.to_pylist():
        digits = []
        for size in sizes:
            code, digit = divmod(code, size)
            digits.append(digit)
        found.append(keys[code] + tuple(reversed(digits)))
    return found, encoded.indices.cast(pa.int64())


def _fill(key: Key, order: Sequence[int], fixed: Sequence[int | None]) -> Key:
    whole = list(fixed)
    for place, number in zip(order, key, strict=True):
        whole[place] = number
    return tuple(number or 0 for number in whole)


def gathered(batches: Iterable[Any], rows: int) -> Iterator[Any]:
    """Batches of at least so many rows, but for the last: small ones joined in order.

    A store of many files gives small batches, and every expression is made ready anew for each.
    """
    import pyarrow as pa

    held: list[Any] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        if count >= rows:
            whole = held[0] if len(held) == 1 else pa.concat_batches(held)
            held, count = [], 0  # before it is used: its parts take as much memory again
            yield whole
    if count:
        yield held[0] if len(held) == 1 else pa.concat_batches(held)


def split_kinds(batch: Any, kinds: Sequence[EventKind]) -> Iterator[tuple[EventKind, Any]]:
    """The part of a batch that each kind has; kinds without a row are left out.

    Args:
        batch: a batch with the columns Channel and EventID.
        kinds: kinds of one table.
    """
    import pyarrow as pa
    import pyarrow.compute as compute

    channels = compute.fill_null(batch.column("Channel"), "").dictionary_encode()
    numbers = compute.fill_null(batch.column("EventID"), -1).dictionary_encode()
    size = len(numbers.dictionary)
    codes = compute.add(compute.multiply(channels.indices, pa.scalar(size, pa.int32())), numbers.indices)
    places = {text: place for place, text in enumerate(channels.dictionary.to_pylist())}
    ids = {number: place for place, number in enumerate(numbers.dictionary.to_pylist())}
    present = set(compute.unique(codes).to_pylist())
    for kind in kinds:
        channel, number = places.get(kind.channel), ids.get(-1 if kind.event_id is None else kind.event_id)
        if channel is None or number is None or (code := channel * size + number) not in present:
            continue
        yield kind, batch if len(present) == 1 else batch.filter(compute.equal(codes, code))
