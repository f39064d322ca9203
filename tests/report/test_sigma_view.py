from __future__ import annotations

from magistrate.report.sigma_view import sigma_view
from magistrate.sigma.model import (
    Level,
    LogSource,
    Matches,
    NotEvaluated,
    NotEvaluatedReason,
    RefusedRule,
    RuleHead,
    RuleMatch,
)

PROCESSES = LogSource("windows", "process_creation")


def head(name, level=Level.HIGH):
    return RuleHead(name, f"Rule {name}", "a.yml", level=level, tags=("attack.t1490",))


def matches(**more):
    rules = tuple(
        RuleMatch(head(name, level), PROCESSES, count, (), suppressed=name == "part")
        for name, level, count in (("b", Level.LOW, 4), ("a", Level.CRITICAL, 1), ("part", Level.HIGH, 9))
    )
    return Matches(
        rules, (), **{"not_evaluated": (), "refused": (), "digest": "d" * 64, "evaluated": 7, **more}
    )


def test_no_rules_make_no_view():
    assert sigma_view(None) is None


def test_rules_that_matched_are_listed_worst_first_with_their_counts():
    view = sigma_view(matches(), 3)

    assert [(item.id, item.count) for item in view.matched] == [("a", 1), ("b", 4)]
    assert (view.digest, view.files, view.evaluated) == ("d" * 64, 3, 7)


def test_rules_that_say_nothing_are_counted_by_reason():
    quiet = tuple(NotEvaluated(head(f"q{n}"), PROCESSES, NotEvaluatedReason.NO_EVENTS) for n in range(2))
    view = sigma_view(matches(not_evaluated=quiet, refused=(RefusedRule("r.yml", "", "", "No detection."),)))

    assert [(item.reason, item.count) for item in view.silent] == [
        ("no events of this log source", 2),
        ("refused: No detection.", 1),
    ]
    assert view.refused == 1
