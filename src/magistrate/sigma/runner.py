"""Runs the rules of one plan over batches of events."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magistrate.sigma.column_pairs import pair_answers
from magistrate.sigma.compiled import compile_tree
from magistrate.sigma.evaluate import Evaluator
from magistrate.sigma.event_fields import EventFields
from magistrate.sigma.hits import event_times
from magistrate.sigma.layout import make_layout
from magistrate.sigma.leaf_index import FieldTests, LeafNumbers
from magistrate.sigma.plan import needed_columns
from magistrate.sigma.record_tests import RecordTests
from magistrate.sigma.row_groups import Coded, group_rows
from magistrate.sigma.rule_times import Stopwatch
from magistrate.sigma.signatures import Answers, SignatureTable
from magistrate.sigma.tree import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.sigma.column_pairs import ColumnPair
    from magistrate.sigma.compiled import Compiled
    from magistrate.sigma.layout import ColumnField
    from magistrate.sigma.leaf_index import LeafSet
    from magistrate.sigma.plan import KindPlan
    from magistrate.sigma.tree import Leaf, Node

_ID = "evidence_id"
_TIME = "Timestamp"
_DATA = "event_data"
_RAW = "raw"
_FEW = 8_192
_NOTHING: frozenset[int] = frozenset()

Found = tuple[int, str]
"""Time in microseconds, NO_TIME where there is none, and id of an event."""


class RuleIndex:
    """What all plans share: the numbers of the leaves, the tests of each field, and the time that they take."""

    def __init__(self, watch: Stopwatch | None = None) -> None:
        self.watch = watch or Stopwatch()
        self.asked: dict[int, set[int]] = {}
        self.numbers = LeafNumbers()
        self._tests: dict[str, FieldTests] = {}
        self._compiled: dict[int, tuple[Node, Compiled, tuple[tuple[Leaf, int], ...]]] = {}

    def compiled(self, trees: Sequence[tuple[int, Node]]) -> tuple[dict[int, Compiled], dict[Leaf, int]]:
        """Trees by the position of their rule, made for deciding, and the numbers of all their leaves."""
        rules: dict[int, Compiled] = {}
        asked: dict[Leaf, int] = {}
        for position, tree in trees:
            # The tree is kept beside what was made of it, so its identity stands for it.
            known = self._compiled.get(id(tree))
            if known is None:
                own = tuple((leaf, self.numbers.number(leaf)) for leaf in leaves(tree))
                self._compiled[id(tree)] = known = tree, compile_tree(tree, self.numbers), own
            rules[position] = known[1]
            asked.update(known[2])
            self.asked.setdefault(position, set()).update(number for _, number in known[2])
        return rules, asked

    def tests(self, field: str) -> FieldTests:
        """The tests of a field over every leaf that has a number by now."""
        found = self._tests.get(field)
        if found is None:
            asked = ((number, leaf) for number, leaf in enumerate(self.numbers.leaves) if leaf.field == field)
            self._tests[field] = found = FieldTests(asked, self.watch)
        return found


class PlanRunner:
    """The rules of one plan, and what they have found so far.

    `found` holds the (time, evidence id) of events by position of the rule. `waiting` holds the rules that only the
    record can decide, by evidence id; they wait for `decide_rows`.
    """

    def __init__(self, plan: KindPlan, index: RuleIndex) -> None:
        self.plan = plan
        self.found: dict[int, list[Found]] = {}
        self.waiting: dict[str, tuple[int, ...]] = {}
        self._index = index
        self._trees = dict(plan.asked)
        rules, asked = index.compiled(plan.asked)
        self._layout = layout = make_layout(asked, rules, plan.places)
        self._record = RecordTests(layout.recorded, plan.places) if layout.recorded else None
        fields = len(layout.columns) + len(layout.pairs) + len(layout.composed) + bool(self._record)
        self._table = SignatureTable(rules, fields, layout.always_open)
        self._local: list[dict[int, int]] = [{} for _ in range(fields)]
        self._needed = needed_columns(plan)
        self._chosen = False
        self._evaluator = Evaluator()

    @property
    def reads_data(self) -> bool:
        """True when the event data of every event is looked at."""
        return self._layout.reads_data

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that `run` needs."""
        own = {_ID, _TIME, *(one.column for one in self._layout.columns)}
        own |= {name for pair in self._layout.pairs for name in (pair.column, pair.other)}
        return tuple(sorted(own | set(self._needed) - {_RAW} if self.reads_data else own))

    def run(self, batch: Any) -> None:
        """Look at a batch of events with at least `columns`."""
        groups = group_rows(self._code(batch), batch.num_rows)
        if not self._chosen:
            self._table.choose_triggers(groups.keys, self._layout.usable)
            self._chosen = True
        verdicts = self._table.verdicts(groups.keys)
        telling = [number for number, verdict in enumerate(verdicts) if verdict.true or verdict.open]
        if not telling:
            return
        places, numbers = groups.rows_of(telling)
        events = _times_and_ids(batch.select([_TIME, _ID]).take(places))
        undecided: list[int] = []
        for place, number, event in zip(places.to_pylist(), numbers, events, strict=True):
            verdict = verdicts[number]
            for position in verdict.true:
                self.found.setdefault(position, []).append(event)
            if verdict.open:
                self.waiting[event[1]] = verdict.open
                undecided.append(place)
        if undecided and self.reads_data and _RAW not in self._needed:
            self._decide_here(batch.select(list(self.columns)), undecided)

    def _decide_here(self, batch: Any, places: Sequence[int]) -> None:
        import pyarrow as pa

        for start in range(0, len(places), _FEW):
            self.decide_rows(batch.take(pa.array(places[start : start + _FEW], pa.int64())))

    def decide_rows(self, batch: Any) -> None:
        """Decide waiting rules on rows that hold all of `needed_columns` and a time."""
        rows = self._rows(batch)
        for event, row in zip(_times_and_ids(batch), rows, strict=True):
            fields = EventFields(row, self.plan.places)
            for position in self.waiting.pop(event[1], ()):
                with self._index.watch.rule(position):
                    is_true = self._evaluator.is_true(self._trees[position], fields)
                if is_true:
                    self.found.setdefault(position, []).append(event)

    def _rows(self, batch: Any) -> list[dict[str, Any]]:
        """Events by column; the time, which is slow to make, only where a rule asks for it."""
        asked = [name for name in batch.schema.names if name != _TIME or _TIME in self._needed]
        rows: list[dict[str, Any]] = batch.select(asked).to_pylist()
        return rows

    def _code(self, batch: Any) -> list[Coded]:
        """The number of the answers of each field for each row."""
        coded = [self._code_column(place, one, batch) for place, one in enumerate(self._layout.columns)]
        coded += [
            self._code_pair(len(coded) + place, one, batch) for place, one in enumerate(self._layout.pairs)
        ]
        if self._layout.composed:
            rows = self._rows(batch.select(list(self.columns)))
            fields = [EventFields(row, self.plan.places) for row in rows]
            for name, own in self._layout.composed:
                coded.append(self._code_values(len(coded), name, own, fields))
        if self._record:
            number = partial(self._table.number, len(coded))
            coded.append(self._record.code(batch.column(_DATA), number))
        return coded

    def _code_column(self, place: int, one: ColumnField, batch: Any) -> Coded:
        encoded = batch.column(one.column).dictionary_encode()
        tests = self._index.tests(one.field)
        found = tests.sets_of_column(_as_texts(encoded.dictionary))
        numbers = self._numbers(place, tests, one.leaves, found)
        null = self._table.number(place, one.null) if encoded.null_count else 0
        return Coded(encoded.indices, numbers, null, len(self._table.answers[place]))

    def _code_pair(self, place: int, pair: ColumnPair, batch: Any) -> Coded:
        different, coded = pair_answers(pair, batch)
        numbers = [self._table.number(place, answers) for answers in different]
        return Coded(
            coded.indices,
            [numbers[number] for number in coded.numbers],
            0,
            len(self._table.answers[place]),
        )

    def _code_values(
        self, place: int, name: str, own: frozenset[int], fields: Sequence[EventFields]
    ) -> Coded:
        tests = self._index.tests(name)
        known: dict[tuple[str | None, ...], int] = {}
        codes = []
        for one in fields:
            values = one(name)
            number = known.get(values)
            if number is None:
                (number,) = self._numbers(place, tests, own, [tests.set_of(values)])
                known[values] = number
            codes.append(number)
        return Coded.of(codes, len(self._table.answers[place]))

    def _numbers(self, place: int, tests: FieldTests, own: LeafSet, found: Sequence[int]) -> list[int]:
        """Numbers of the answers of a field, from the numbers that its tests have given to sets of leaves."""
        local = self._local[place]
        for number in set(found).difference(local):
            local[number] = self._table.number(place, Answers(tests.sets[number] & own, _NOTHING))
        return [local[number] for number in found]


def _times_and_ids(batch: Any) -> Iterator[Found]:
    return zip(event_times(batch), batch.column(_ID).to_pylist(), strict=True)


def _as_texts(values: Any) -> Any:
    """The values of a column as a record would write them, as an Arrow array."""
    import pyarrow as pa  # here and not above: slow to load

    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return values.cast(pa.string())
    return pa.array([str(value) for value in values.to_pylist()], pa.string())
