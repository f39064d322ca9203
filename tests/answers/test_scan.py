from __future__ import annotations

from datetime import UTC, datetime

from magistrate.answers.answer import Scan
from magistrate.answers.scan import _sentence

T0 = datetime(2024, 3, 12, 10, 0, tzinfo=UTC)


def test_the_sentence_names_records_hosts_and_window():
    scan = Scan(("signals:pack",), T0, T0, ("a", "b", "c", "d", "e"), 1200)

    assert _sentence(scan) == (
        "Scanned: 1,200 records of a, b, c, d and 1 more, 2024-03-12 10:00:00 to 2024-03-12 10:00:00 UTC."
    )


def test_a_scan_of_nothing_says_so():
    said = _sentence(Scan((), None, None, (), 0))

    assert said == "Scanned: 0 records of no host, an unknown time to an unknown time UTC."
