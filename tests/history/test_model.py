"""Claims about baselines and how they are joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from magistrate.history.model import History, Learned, LearnedRow, merge

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ROW = LearnedRow(
    "act", "srv01", "corp\\svc", "S-1-5-21-1-2-3-4", "10.1.5.20", "query", "wmic os get name", "KERBEROS", DAY, 3,
    DAY + timedelta(minutes=1), DAY + timedelta(minutes=9), "a1", "Security", 4688, 7, "old.evtx",
)  # fmt: skip

rows = st.builds(
    lambda host, number, minute, name: replace(
        ROW, host=host, number=number, first_seen=DAY + timedelta(minutes=minute), evidence_id=name
    ),
    st.sampled_from(["srv01", "srv02"]),
    st.integers(1, 9),
    st.integers(0, 9),
    st.sampled_from(["a1", "a2"]),
)
sources = st.builds(
    lambda label: Learned(label, "case", "CLOSE-BENIGN", DAY, DAY, 1, label), st.sampled_from(["a", "b"])
)
histories = st.builds(
    lambda r, s: merge(History(tuple(r), tuple(s)), History()),
    st.lists(rows, max_size=6),
    st.lists(sources, max_size=2),
)


@given(histories, histories)
def test_the_order_of_joining_does_not_matter(one, other):
    assert merge(one, other) == merge(other, one)


@given(histories, histories, histories)
def test_the_grouping_of_joining_does_not_matter(one, two, three):
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(histories)
def test_learning_the_same_twice_changes_nothing(one):
    assert merge(one, one) == one


def test_records_of_the_same_period_are_not_added_up():
    seen_again = replace(ROW, number=5, file="copy.evtx", evidence_id="a0")

    assert merge(History((ROW,)), History((seen_again,))).rows == (seen_again,)


def test_a_row_names_the_history_before_its_file_and_leaves_out_what_is_not_there():
    row = replace(ROW, package="").row("site.history")

    assert (row["file"], row["package"], row["class"]) == ("site.history: old.evtx", None, "query")
