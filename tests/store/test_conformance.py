"""What every engine behind the store protocol must do. A new engine joins `ENGINES` and runs all of it."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from tests.store.cases import T0, event, write_case

from magistrate.errors import QueryError, StoreError
from magistrate.events.schema import RECORD_COLUMNS, column_types
from magistrate.events.tables import CATEGORIES
from magistrate.store.duckdb import DuckDBStore

ENGINES = [DuckDBStore]


@pytest.fixture(params=[(engine, kind) for engine in ENGINES for kind in ("memory", "files")], ids=str)
def load(request, tmp_path):
    """Open a store over rows, in memory or from files."""
    engine, kind = request.param
    opened = []

    def _load(rows, **options):
        (tmp_path / "events").mkdir(exist_ok=True)
        if kind == "memory":
            store = engine.in_memory(rows)
        else:
            store = engine.open(write_case(tmp_path / "events", rows, options.get("parts", 1)))
        opened.append(store)
        return store

    yield _load
    for store in opened:
        store.close()


def test_every_category_and_event_have_all_columns_without_any_event(load):
    store = load([])

    for table in (*CATEGORIES, "event"):
        columns = ", ".join(f"t.{name}" for name in column_types())
        assert store.query(f"SELECT {columns} FROM {table} t") == []


def test_record_has_its_columns_without_any_record(load):
    columns = ", ".join(name for name, _ in RECORD_COLUMNS)

    assert load([]).query(f"SELECT {columns} FROM record") == []


def test_a_stored_event_comes_back_value_for_value(load):
    row = event(1, Image="C:\\Windows\\x.exe", LogonId=0x3E4, Initiated=True, User="CORP\\user06")
    found = load([row]).query("SELECT * FROM process_creation")

    assert found == [dict.fromkeys(column_types()) | row]


def test_times_come_back_as_aware_utc(load):
    (row,) = load([event(0)]).query("SELECT e.Timestamp FROM process_creation e")

    assert row["Timestamp"] == T0
    assert row["Timestamp"].tzinfo is UTC


def test_event_is_the_union_of_the_categories(load):
    store = load([event(1), event(2, "logon", EventID=4624)])

    assert store.query("SELECT EventID FROM event ORDER BY EventID") == [{"EventID": 4624}, {"EventID": 4688}]


def test_record_holds_what_was_read_but_not_stored(load):
    store = load([event(1), event(2, None, EventID=9999)])

    assert store.query("SELECT EventID, stored FROM record ORDER BY RecordId") == [
        {"EventID": 4688, "stored": True},
        {"EventID": 9999, "stored": False},
    ]


def test_a_bound_value_reaches_the_engine_as_data(load):
    hostile = "x' OR '1'='1"
    store = load([event(1, CommandLine=hostile), event(2, CommandLine="y")])
    found = store.query("SELECT RecordId FROM process_creation WHERE CommandLine = :c", {"c": hostile})

    assert found == [{"RecordId": 1}]


def test_a_bound_time_is_compared_as_an_instant(load):
    store = load([event(1), event(2)])
    found = store.query(
        "SELECT RecordId FROM process_creation e WHERE e.Timestamp > :t", {"t": T0 + timedelta(seconds=1)}
    )

    assert found == [{"RecordId": 2}]


def test_a_bound_number_makes_an_interval(load):
    store = load([event(1), event(10)])
    found = store.query(
        "SELECT a.RecordId AS a, b.RecordId AS b FROM process_creation a JOIN process_creation b"
        " ON b.Timestamp > a.Timestamp AND b.Timestamp <= a.Timestamp + :s * INTERVAL '1' SECOND",
        {"s": 9},
    )

    assert found == [{"a": 1, "b": 10}]


def test_a_colon_in_quotes_or_comments_is_no_placeholder(load):
    store = load([])

    assert store.query("SELECT ':a' AS x, :b AS y -- :c\n/* :d */", {"b": 1}) == [{"x": ":a", "y": 1}]


def test_an_unbound_placeholder_is_an_error_that_names_the_indicator(load):
    with pytest.raises(QueryError, match=r"t1047\.indicator\.x: .*minutes"):
        load([]).query("SELECT :minutes AS m", name="t1047.indicator.x")


def test_an_unknown_column_is_an_error_that_names_indicator_and_column(load):
    with pytest.raises(QueryError, match=r"(?s)t1047\.indicator\.x: .*NoSuchColumn"):
        load([]).query("SELECT NoSuchColumn FROM logon", name="t1047.indicator.x")


def test_rows_without_an_order_come_back_sorted(load):
    rows = [event(number) for number in (5, 3, 9, 1)]
    found = load(rows, parts=3).query("SELECT RecordId FROM process_creation")

    assert [row["RecordId"] for row in found] == [1, 3, 5, 9]


def test_an_outer_order_is_kept(load):
    rows = [event(number) for number in (5, 3, 9, 1)]
    found = load(rows, parts=3).query("SELECT RecordId FROM process_creation ORDER BY RecordId DESC")

    assert [row["RecordId"] for row in found] == [9, 5, 3, 1]


def test_an_event_read_twice_is_kept_once_from_the_first_file(load):
    copies = [event(1, file=name, file_sha256=sha) for name, sha in (("c", "bb"), ("b", "aa"), ("a", "bb"))]
    store = load([*copies, event(2)], parts=2)

    assert store.query("SELECT RecordId, file FROM process_creation ORDER BY RecordId") == [
        {"RecordId": 1, "file": "b"},
        {"RecordId": 2, "file": "a.evtx"},
    ]
    assert store.query("SELECT COUNT(*) AS n FROM record") == [{"n": 2}]


def test_the_very_same_row_twice_is_kept_once(load):
    assert load([event(1), event(1)], parts=2).query("SELECT COUNT(*) AS n FROM event") == [{"n": 1}]


def test_rows_without_an_evidence_id_all_stay(load):
    assert load([event(1, evidence_id=None), event(2, evidence_id=None)]).query(
        "SELECT COUNT(*) AS n FROM event"
    ) == [{"n": 2}]


def test_sums_are_whole_numbers(load):
    (row,) = load([event(1), event(2)]).query("SELECT SUM(RecordId) AS n FROM event")

    assert (row["n"], type(row["n"])) == (3, int)


def test_a_working_table_can_be_joined(load):
    store = load([event(1), event(2)])
    store.register(
        "activity", [("record_id", "bigint"), ("seen", "timestamp")], [{"record_id": 2, "seen": T0}, {}]
    )
    found = store.query("SELECT a.seen FROM activity a JOIN event e ON e.RecordId = a.record_id")

    assert found == [{"seen": T0}]


def test_a_working_table_is_replaced(load):
    store = load([])
    store.register("activity", [("a", "text")], [{"a": "old"}])
    store.register("activity", [("b", "bool")], [{"b": True}])

    assert store.query("SELECT * FROM activity") == [{"b": True}]


@pytest.mark.parametrize("name", ["event", "logon", "x; DROP TABLE y", 'a"b', ""])
def test_a_working_table_cannot_take_a_table_of_the_store_or_a_strange_name(load, name):
    with pytest.raises(StoreError, match="cannot name a working table"):
        load([]).register(name, [("a", "text")], [])


def test_a_working_row_of_the_wrong_type_is_a_store_error(load):
    with pytest.raises(StoreError, match="does not fit"):
        load([]).register("activity", [("a", "bigint")], [{"a": "seven"}])


def test_batches_hold_every_row_of_a_query_once(load):
    store = load([event(number) for number in range(1, 26)])
    found = list(
        store.batches("SELECT e.RecordId FROM event e WHERE e.RecordId > :least", {"least": 5}, rows=10)
    )

    assert sorted(value for batch in found for value in batch.column(0).to_pylist()) == list(range(6, 26))


def test_another_query_may_run_while_batches_are_read(load):
    store = load([event(number) for number in range(1, 6)])
    sizes = []
    for batch in store.batches("SELECT e.RecordId FROM event e", rows=2048):
        sizes.append(batch.num_rows)
        store.query("SELECT COUNT(*) AS n FROM event")

    assert sum(sizes) == 5


def test_batches_of_a_refused_query_name_it(load):
    with pytest.raises(QueryError, match="rule fields"):
        list(load([]).batches("SELECT nothing FROM event", rows=10, name="rule fields"))
