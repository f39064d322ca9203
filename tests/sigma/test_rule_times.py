"""What each rule costs is measured with the caller's clock, and changes nothing that is found."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from tests.sigma.rules import event, load, matches, rule_text

RULES = (
    rule_text("s: {CommandLine|re: 'a+b'}\ncondition: s", 1),
    rule_text("s: {CommandLine|contains: abc}\ncondition: s", 2),
    rule_text("s: {CommandLine|re: 'a+b', Image|re: 'x|y'}\ncondition: s", 3),
)
ROWS = [event(number, {"Image": "C:\\x.exe", "CommandLine": f"aab {number}"}) for number in range(3)]


def ticking():
    ticks = count()
    return lambda: float(next(ticks))


def test_t_rule_1_the_time_of_each_rule_with_an_expression_is_reported(tmp_path):
    found = matches(load(tmp_path / "rules", *RULES), ROWS, clock=ticking())

    assert [(one.rule.title, one.seconds) for one in found.times] == [("rule 3", 2.0), ("rule 1", 1.0)]


def test_measuring_changes_nothing_that_is_found(tmp_path):
    rules = load(tmp_path / "rules", *RULES)

    assert replace(matches(rules, ROWS, clock=ticking()), times=()) == matches(rules, ROWS)
