"""Reading rule files: what a broken one costs, what is refused by name, and what the digest covers."""

from __future__ import annotations

import resource
import time

import pytest
from tests.sigma.rules import event, hit_numbers, load, matches, rule_id, rule_text

from magistrate.errors import UsageError
from magistrate.sigma import load_rules
from magistrate.sigma.model import Level

GOOD = rule_text("s: {Image|endswith: \\a.exe}\ncondition: s")


def reasons(rules):
    return [one.reason for one in rules.refused]


def refused(tmp_path, detection, **more):
    rules = load(tmp_path / "rules", rule_text(detection, **more))

    assert rules.rules == ()
    return reasons(rules)[0]


def test_every_document_of_a_file_is_a_rule(tmp_path):
    second = rule_text("s: {Image|endswith: \\b.exe}\ncondition: s", 2)
    rules = load(tmp_path / "rules", f"{GOOD}---\n{second}")

    assert [rule.head.id for rule in rules.rules] == [rule_id(1), rule_id(2)]


def test_a_broken_document_costs_no_other(tmp_path):
    rules = load(tmp_path / "rules", f"title: [\n---\n{GOOD}\n---\ntitle: !!python/object:os.x {{}}\n")

    assert [rule.head.id for rule in rules.rules] == [rule_id(1)]
    assert [one.line for one in rules.refused] == [2, 11]


def test_a_file_that_is_not_text_costs_no_other(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yml").write_bytes(b"\xff\xfe\x00title")
    rules = load(tmp_path / "rules", GOOD)

    assert len(rules.rules) == 1
    assert reasons(rules) == ["The file is not UTF-8 text."]


def test_a_path_that_does_not_exist_is_an_error_of_use(tmp_path):
    with pytest.raises(UsageError, match="no such rule file"):
        load_rules([tmp_path / "nothing"])


def test_the_head_of_a_rule_is_kept(tmp_path):
    tags = "[attack.execution, attack.lateral_movement, attack.t1047, attack.T1546.003, attack.s0002, cve.2024-1]"
    rules = load(
        tmp_path / "rules", rule_text("s: [a]\ncondition: s", level="HIGH", status="test", tags=tags)
    )
    head = rules.rules[0].head

    assert (head.level, head.status) == (Level.HIGH, "test")
    assert head.techniques == ("T1047", "T1546.003")
    assert head.tactics == ("execution", "lateral-movement")


def test_a_rule_without_a_level_stands_with_medium(tmp_path):
    head = load(tmp_path / "rules", GOOD).rules[0].head

    assert (head.level, head.level.rank) == (Level.UNSTATED, Level.MEDIUM.rank)


def test_a_wrong_description_loses_no_rule(tmp_path):
    rules = load(
        tmp_path / "rules", rule_text("s: [a]\ncondition: s", level="[1]", tags="5", author="{a: b}")
    )

    assert len(rules.rules) == 1


def test_the_same_rule_in_two_folders_is_one_rule(tmp_path):
    rules = load(tmp_path / "rules", GOOD, GOOD)

    assert (len(rules.rules), rules.refused) == (1, ())


def test_a_second_rule_with_the_id_of_another_is_refused(tmp_path):
    rules = load(tmp_path / "rules", GOOD, rule_text("s: [other]\ncondition: s"))

    assert reasons(rules) == ["Another rule has the same id."]


def test_t_rule_6_the_digest_changes_with_any_rule_and_not_with_order(tmp_path):
    second = rule_text("s: [b]\ncondition: s", 2)
    one = load(tmp_path / "one", GOOD, second)
    turned = load(tmp_path / "two", second, GOOD)
    changed = load(tmp_path / "three", GOOD, second.replace("[b]", "[c]"))

    assert one.digest == turned.digest
    assert one.digest != changed.digest


def test_t_rule_6_the_digest_covers_refused_rules_too(tmp_path):
    broken = rule_text("s: {a|nosuch: b}\ncondition: s", 2)

    assert load(tmp_path / "one", GOOD).digest != load(tmp_path / "two", GOOD, broken).digest


@pytest.mark.parametrize(
    ("detection", "reason"),
    [
        ("s: {a|nosuch: b}\ncondition: s", "The modifier 'nosuch' is not known."),
        ("s: {a|expand: '%hosts%'}\ncondition: s", "No value is given for the placeholder %hosts%."),
        ("s: {a: b}\ncondition: s | count() > 5", "The condition aggregates with a pipe"),
        ("s: {a: b}\ntimeframe: 5m\ncondition: s", "Timeframe belongs to aggregations"),
        ("s: {a: b}\ncondition: 2 of s*", "'2 of' is not part of Sigma"),
        ("s: {a: b}\ncondition: 1 of t*", "No search identifier is called 't*'."),
        ("s: {a: b}\ncondition: s and", "The condition ends too early."),
        ("s: {a: b}\ncondition: s t", "The condition goes on with 't'"),
        ("s: {a: b}\ncondition: t", "There is no search identifier 't'."),
        ("s: {a: b}", "The rule has no condition."),
        ("s: {}\ncondition: s", "A search identifier is empty."),
        ("s: {a: {b: c}}\ncondition: s", "Unsupported type"),
        ("s: {a|re: 5}\ncondition: s", "A regular expression has to be text."),
        ("s: {a|re: '(?<=x)y'}\ncondition: s", "cannot run in linear time"),
        ("s: {a|re: '(a)\\1'}\ncondition: s", "cannot run in linear time"),
        ("s: {a|cidr: 10.0.0.1/8}\ncondition: s", "Invalid CIDR"),
        ("s: {a|lt: x}\ncondition: s", "incompatible"),
        ("s: {a|base64: 'x*'}\ncondition: s", "cannot be encoded"),
        ("s: ['']\ncondition: s", "A keyword cannot be"),
    ],
)
def test_what_cannot_be_evaluated_refuses_the_whole_rule_by_name(tmp_path, detection, reason):
    assert reason in refused(tmp_path, detection)


def test_a_part_that_cannot_be_evaluated_refuses_the_rule_under_not_too(tmp_path):
    assert "nosuch" in refused(tmp_path, "s: {a: b}\nf: {a|nosuch: b}\ncondition: s and not f")


def test_placeholders_take_the_values_they_are_given(tmp_path):
    text = rule_text("s: {User|expand: '%admins%'}\ncondition: s")
    rules = load(tmp_path / "rules", text, placeholders={"admins": ["CORP\\adm01", "CORP\\adm02"]})
    rows = [event(number, User=f"CORP\\adm0{number}") for number in (1, 2, 3)]

    assert hit_numbers(matches(rules, rows)) == {"1": [1, 2]}


def test_t_rule_3_a_dash_storm_is_refused_before_it_grows(tmp_path):
    value = " ".join(f"-a{number}" for number in range(30))

    assert "more than 5 dashes" in refused(tmp_path, f"s: {{CommandLine|windash: '{value}'}}\ncondition: s")


def test_t_rule_3_wildcard_storms_are_refused(tmp_path):
    assert "wildcards" in refused(tmp_path, f"s: {{a: '{'a*' * 500}'}}\ncondition: s")


def test_t_rule_3_thousands_of_selections_are_refused(tmp_path):
    many = "\n".join(f"s{number}: {{a: b}}" for number in range(1_200))

    assert "1000 search identifiers" in refused(tmp_path, f"{many}\ncondition: 1 of s*")


def test_t_rule_3_a_long_chain_of_nots_is_refused(tmp_path):
    assert "64 levels" in refused(tmp_path, f"s: {{a: b}}\ncondition: {'not ' * 500}s")


@pytest.mark.hostile
def test_hostile_rules_are_refused_or_harmless_within_a_second_and_100_mb(hostile):
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    rules = load_rules([hostile / "rules"])

    assert time.process_time() - start < 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    assert sorted(one.path.rpartition("/")[2] for one in rules.refused) == [
        "condition-parentheses.yml",
        "huge-counted-repeat.yml",
        "yaml-alias-bomb.yml",
        "yaml-python-object.yml",
    ]


@pytest.mark.hostile
def test_t_rule_1_hostile_expressions_run_in_linear_time(hostile):
    rules = load_rules(
        [hostile / "rules" / "redos-nested-quantifier.yml", hostile / "rules" / "redos-alternation.yml"]
    )
    rows = [event(1, CommandLine="a" * 8192), event(2, CommandLine="a" * 8191 + "!")]
    start = time.process_time()
    found = hit_numbers(matches(rules, rows))

    assert time.process_time() - start < 2
    assert found == {"1": [1], "2": [2]}


@pytest.mark.hostile
def test_t_rule_2_plain_words_and_numbers_keep_their_text(hostile):
    rules = load_rules([hostile / "rules" / "yaml-norway-and-octal.yml"])
    data = {
        "Country": "NO",
        "EventID": "0o10",
        "Mode": "010",
        "Flag": "on",
        "Time": "12:30:00",
        "Ver": "1.10",
    }
    texts = {leaf.text for leaf in rules.rules[0].tree.parts}

    assert texts == {value.lower() for value in data.values()}


@pytest.mark.hostile
def test_t_rule_4_hostile_names_and_values_are_data(hostile):
    rules = load_rules([hostile / "rules" / "sql-in-value.yml"])
    data = {"CommandLine": "x ' OR 1=1 -- y", 'Image"; DROP TABLE events; --': "X"}

    assert hit_numbers(matches(rules, [event(1, data), event(2, {**data, "CommandLine": "y"})])) == {"4": [1]}
