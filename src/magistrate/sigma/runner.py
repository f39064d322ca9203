"""Runs the rules of one plan over batches of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sigma.compiled import compile_tree, find_trigger
from magistrate.sigma.evaluate import Evaluator
from magistrate.sigma.event_fields import CHANNEL, SYSTEM_COLUMNS, EventFields
from magistrate.sigma.known_nulls import null_answer
from magistrate.sigma.leaf_index import FieldTests, LeafNumbers
from magistrate.sigma.plan import needed_columns
from magistrate.sigma.row_groups import Coded, group_rows
from magistrate.sigma.signatures import Answers, SignatureTable
from magistrate.sigma.tree import Test, leaves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.sigma.plan import KindPlan

_ID = "evidence_id"
_DATA = "event_data"
_NOTHING: frozenset[int] = frozenset()


class RuleIndex:
    """What all plans share: the numbers of the leaves, and the tests of each field."""

    def __init__(self) -> None:
        self.numbers = LeafNumbers()
        self._tests: dict[str, FieldTests] = {}

    def tests(self, field: str) -> FieldTests:
        """The tests of a field over every leaf that has a number by now."""
        found = self._tests.get(field)
        if found is None:
            asked = ((number, leaf) for number, leaf in enumerate(self.numbers.leaves) if leaf.field == field)
            self._tests[field] = found = FieldTests(asked)
        return found


class PlanRunner:
    """The rules of one plan, and what they have found so far.

    `found` holds the evidence ids by position of the rule. `waiting` holds the rules that only the record can
    decide, by evidence id; they wait for `decide_rows`.
    """

    def __init__(self, plan: KindPlan, index: RuleIndex) -> None:
        self.plan = plan
        self.found: dict[int, list[str]] = {}
        self.waiting: dict[str, tuple[int, ...]] = {}
        self._index = index
        self._trees = dict(plan.asked)
        self._rules = {position: compile_tree(tree, index.numbers) for position, tree in plan.asked}
        self._asked = {leaf: index.numbers.number(leaf) for _, tree in plan.asked for leaf in leaves(tree)}
        self._columns = {field: column for field in self._field_names() if (column := self._column(field))}
        self._decoded = self._fields_to_decode()
        self._fields = (*self._columns, *self._decoded)
        self._usable = frozenset(
            number
            for leaf, number in self._asked.items()
            if leaf.test is not Test.FIELD and (leaf.field in self._columns or leaf.field in self._decoded)
        )
        self._table = SignatureTable(
            self._rules, len(self._fields), frozenset(self._asked.values()) - self._usable
        )
        self._nulls = [self._null(field) for field in self._columns]
        self._own = [self._own_leaves(field) for field in self._fields]
        self._local: list[dict[int, int]] = [{} for _ in self._fields]
        self._chosen = False
        self._evaluator = Evaluator()

    @property
    def reads_data(self) -> bool:
        """True when the event data of every event is needed."""
        return bool(self._decoded)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that `run` needs."""
        if self.reads_data:
            return needed_columns(self.plan)
        return tuple(sorted({_ID, *self._columns.values()}))

    def run(self, batch: Any) -> None:
        """Look at a batch of events with at least `columns`."""
        rows = batch.num_rows
        coded = [
            self._code_column(place, batch.column(name)) for place, name in enumerate(self._columns.values())
        ]
        fields: list[EventFields] = []
        if self._decoded:
            fields = [
                EventFields(row, self.plan.places) for row in batch.select(list(self.columns)).to_pylist()
            ]
            coded += [
                self._code_values(len(self._columns) + place, name, fields)
                for place, name in enumerate(self._decoded)
            ]
        groups = group_rows(coded, rows)
        if not self._chosen:
            self._table.choose_triggers(groups.keys, self._usable)
            self._chosen = True
        verdicts = self._table.verdicts(groups.keys)
        telling = [number for number, verdict in enumerate(verdicts) if verdict.true or verdict.open]
        if not telling:
            return
        places, numbers = groups.rows_of(telling)
        ids = batch.column(_ID).take(places).to_pylist()
        for place, number, evidence_id in zip(places.to_pylist(), numbers, ids, strict=True):
            verdict = verdicts[number]
            for position in verdict.true:
                self.found.setdefault(position, []).append(evidence_id)
            if verdict.open:
                if fields:
                    self._decide(evidence_id, verdict.open, fields[place])
                else:
                    self.waiting[evidence_id] = verdict.open

    def decide_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Decide waiting rules on rows that hold all of `needed_columns`."""
        for row in rows:
            evidence_id = row[_ID]
            self._decide(evidence_id, self.waiting.pop(evidence_id, ()), EventFields(row, self.plan.places))

    def _decide(self, evidence_id: str, positions: Sequence[int], fields: EventFields) -> None:
        for position in positions:
            if self._evaluator.is_true(self._trees[position], fields):
                self.found.setdefault(position, []).append(evidence_id)

    def _field_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(leaf.field for leaf in self._asked if leaf.test is not Test.FIELD))

    def _column(self, field: str) -> str | None:
        """The column that alone decides a field whenever it is not null."""
        ways = self.plan.places.ways.get(field)
        if ways:
            return ways[0].names[0] if len(ways) == 1 and ways[0].kind == "column" else None
        if field in SYSTEM_COLUMNS:
            return SYSTEM_COLUMNS[field]
        return None if field == CHANNEL else self.plan.places.columns.get(field)

    def _fields_to_decode(self) -> tuple[str, ...]:
        """Fields of the event data without which some rule would have to be tried on every event."""
        by_number = {number: leaf for leaf, number in self._asked.items()}

        def quick(number: int) -> float | None:
            leaf = by_number[number]
            return 1.0 if leaf.test is not Test.FIELD and leaf.field in self._columns else None

        def any_field(number: int) -> float | None:
            leaf = by_number[number]
            if leaf.test is Test.FIELD:
                return None
            return 1.0 if leaf.field in self._columns or leaf.field in chosen else 100.0

        chosen: set[str] = set()
        for position in sorted(self._rules):
            tree = self._rules[position]
            if find_trigger(tree, quick) is None and (found := find_trigger(tree, any_field)):
                chosen |= {by_number[number].field for number in found[1]} - set(self._columns)
        return tuple(sorted(chosen))

    def _own_leaves(self, field: str) -> frozenset[int]:
        return frozenset(
            number
            for leaf, number in self._asked.items()
            if leaf.field == field and leaf.test is not Test.FIELD
        )

    def _null(self, field: str) -> Answers:
        """Answers where the column of a field is null."""
        column = self._columns[field]
        stands = field not in self.plan.places.ways and field not in SYSTEM_COLUMNS
        true, open_ = set(), set()
        for leaf, number in self._asked.items():
            if leaf.field == field and leaf.test is not Test.FIELD:
                answer = null_answer(leaf, column) if stands else leaf.test is Test.NULL
                if answer is None:
                    open_.add(number)
                elif answer:
                    true.add(number)
        return Answers(frozenset(true), frozenset(open_))

    def _code_column(self, place: int, column: Any) -> Coded:
        encoded = column.dictionary_encode()
        texts = [_as_text(value) for value in encoded.dictionary.to_pylist()]
        tests = self._index.tests(self._fields[place])
        numbers = [self._number(place, tests, one) for one in tests.sets_of(texts)]
        null = self._table.number(place, self._nulls[place]) if column.null_count else 0
        return Coded(encoded.indices, numbers, null, len(self._table.answers[place]))

    def _code_values(self, place: int, name: str, fields: Sequence[EventFields]) -> Coded:
        tests = self._index.tests(name)
        known: dict[tuple[str | None, ...], int] = {}
        codes = []
        for one in fields:
            values = one(name)
            number = known.get(values)
            if number is None:
                known[values] = number = self._number(place, tests, tests.set_of(values))
            codes.append(number)
        return Coded.of(codes, len(self._table.answers[place]))

    def _number(self, place: int, tests: FieldTests, number: int) -> int:
        local = self._local[place]
        found = local.get(number)
        if found is None:
            answers = Answers(tests.sets[number] & self._own[place], _NOTHING)
            local[number] = found = self._table.number(place, answers)
        return found


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
