"""Claims about the SQL that analytics may use, and that ours keeps to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import magistrate
from magistrate.errors import PlaybookError
from magistrate.portable_sql import (
    assert_portable,
    find_dialect,
    has_outer_order,
    rewrite_placeholders,
    tokens,
)

PACKAGE = Path(magistrate.__file__).parent


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t WHERE regexp_matches(a, 'x')",
        "SELECT a FROM t WHERE a ILIKE 'x'",
        "SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1",
        "SELECT list_sort(a) FROM t",
        "SELECT struct_pack(a := 1) FROM t",
        "SELECT a::bigint FROM t",
        "SELECT strftime(a, '%Y') FROM t",
        "SELECT epoch_us(a) FROM t",
        "SELECT * EXCLUDE (a) FROM t",
        "SELECT DISTINCT ON (a) a, b FROM t",
        "SELECT a[1] FROM t",
        'SELECT "User" FROM t',
        "SELECT a FROM t WHERE a ~ 'x'",
        "SELECT now()",
        "SELECT * FROM read_csv('x')",
        "SELECT 1; SELECT 2",
        "DELETE FROM t",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT 2",
        "WITH a AS (SELECT 1) UPDATE t SET b = 2",
        "SELECT a FROM t USING SAMPLE 1",
        "SELECT $a",
    ],
)
def test_dialect_is_refused(sql):
    with pytest.raises(PlaybookError, match=r"^x\.yml: The query is not portable SQL"):
        assert_portable(sql, "x.yml")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT e.User, e.Filter, e.Update FROM event e WHERE LOWER(e.Image) LIKE '%\\wmiprvse.exe'",
        "WITH a AS (SELECT 1 AS n) SELECT n, ROW_NUMBER() OVER (ORDER BY n) AS r FROM a ORDER BY n NULLS FIRST",
        "SELECT COALESCE(a, 'regexp_like(x) ILIKE') FROM t -- a::text",
        "SELECT COUNT(*) FROM t WHERE b > a + :seconds * INTERVAL '1' SECOND",
        "SELECT u.host, sample FROM update u JOIN share_change s ON s.host = u.host",
        "SELECT CASE WHEN a THEN 1 END, CAST(b AS BIGINT), list, first_value(c) OVER (ORDER BY d) FROM t",
    ],
)
def test_standard_sql_passes(sql):
    assert find_dialect(sql) == ()


def test_all_problems_are_named_with_their_lines():
    assert find_dialect("SELECT a::text\nFROM t\nWHERE a ILIKE 'x'") == (
        "line 1: ::: missing in Spark; write CAST(x AS type)",
        "line 3: ILIKE: not in the SQL standard; write LOWER(x) LIKE '...'",
    )


def test_placeholders_are_found_outside_quotes_comments_and_casts():
    text, names = rewrite_placeholders(
        "SELECT ':a', \":b\", c::text, :d -- :e\n, /* :f */ :g", lambda n: f"<{n}>"
    )

    assert (text, names) == ("SELECT ':a', \":b\", c::text, <d> -- :e\n, /* :f */ <g>", {"d", "g"})


@given(st.text(alphabet="'\"`:-/*ab$;\n ", max_size=60) | st.text(max_size=60))
def test_tokens_give_the_text_back(sql):
    assert "".join(token.text for token in tokens(sql)) == sql


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT a FROM t ORDER BY a", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t", False),
        ("SELECT 'order by' FROM t -- order by", False),
    ],
)
def test_only_an_outer_order_counts(sql, ordered):
    assert has_outer_order(sql) == ordered


def _queries():
    """Every query of the package: `.sql` files, and the `query` of content files, wherever it stands."""
    for path in sorted(PACKAGE.rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        if text.startswith(","):  # it goes on from the flows that its folder has in common
            text = (path.parent / "flow.sql").read_text(encoding="utf-8") + text
        yield path.relative_to(PACKAGE).as_posix(), text
    for path in sorted(PACKAGE.rglob("*.yml")):
        stack = [yaml.safe_load(path.read_text(encoding="utf-8"))]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                if isinstance(item.get("query"), str):
                    yield path.relative_to(PACKAGE).as_posix(), item["query"]
                stack.extend(item.values())
            elif isinstance(item, list):
                stack.extend(item)


@pytest.mark.parametrize(("where", "sql"), list(_queries()) or [("none yet", "SELECT 1")])
def test_every_query_of_the_package_is_portable(where, sql):
    assert find_dialect(sql) == (), where
