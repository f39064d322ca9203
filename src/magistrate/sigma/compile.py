"""Turns the detection of a rule into a tree. What cannot be said exactly refuses the rule, never a part of it.

A part that was left out and sits under `not` would match events by the thousand, so there is no partial rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigma.conditions import ConditionAND
from sigma.exceptions import SigmaError
from sigma.rule.detection import SigmaDetectionItem
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
    sigma_type,
)

from magistrate.sigma.condition import ConditionError, read_condition
from magistrate.sigma.folding import fold, fold_name
from magistrate.sigma.modifiers import MODIFIERS, Regex, placeholders
from magistrate.sigma.regex import RegexError, check_regex
from magistrate.sigma.tree import ANY_FIELD, Check, Leaf, Node, all_of, any_of, leaves, negated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_SELECTIONS = 1_000
MAX_LEAVES = 20_000  # published rules that list hashes reach about 2,000
MAX_WILDCARDS = 64
MAX_FIELD_CHARACTERS = 256
_MAX_EXPANDED = 10_000
_PLAIN = (str, int, float, bool, type(None))


class CompileError(ValueError):
    """The rule is refused; the text says why."""


def compile_detection(detection: object, given: Mapping[str, Sequence[str]]) -> Node:
    """The tree of a `detection` section.

    Args:
        detection: the section as read from YAML.
        given: values of placeholders for `expand`, by name.

    Raises:
        CompileError: the section is wrong or uses what cannot be evaluated.
    """
    if not isinstance(detection, dict):
        raise CompileError("the rule has no detection section")
    selections = {name: value for name, value in detection.items() if name != "condition"}
    if "timeframe" in selections:
        raise CompileError("timeframe belongs to aggregations; a correlation rule has to say that")
    if not selections:
        raise CompileError("the detection section has no search identifier")
    if len(selections) > MAX_SELECTIONS:
        raise CompileError(f"the detection section has more than {MAX_SELECTIONS} search identifiers")
    conditions = detection.get("condition")
    texts = conditions if isinstance(conditions, list) else [conditions]
    if not texts or not all(isinstance(text, str | int) for text in texts):
        raise CompileError("the rule has no condition")
    compiler = _Compiler(given)
    try:
        named = {name: compiler.selection(value) for name, value in selections.items()}
        tree = any_of([read_condition(str(text), named) for text in texts])
    except (SigmaError, ConditionError, RegexError) as error:
        raise CompileError(str(error)) from error
    except (TypeError, AttributeError, IndexError, KeyError, RecursionError) as error:
        # pySigma's modifiers expect the types that well-formed rules have.
        raise CompileError(f"a value does not fit its modifiers ({type(error).__name__})") from error
    if len(leaves(tree)) > MAX_LEAVES:
        raise CompileError(f"the rule asks more than {MAX_LEAVES} different questions")
    return tree


class _Compiler:
    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self.given = given

    def selection(self, value: object) -> Node:
        """The tree of one search identifier: a map, a list of maps or values, or one value."""
        if isinstance(value, dict):
            if not value:
                raise CompileError("a search identifier is empty")
            return all_of([self._item(key, content) for key, content in value.items()])
        if isinstance(value, list):
            if not value:
                raise CompileError("a search identifier is empty")
            if all(isinstance(item, _PLAIN) for item in value):
                return self._item("", value)
            return any_of([self.selection(item) for item in value])
        return self._item("", value)

    def _item(self, key: str, content: object) -> Node:
        name, *modifiers = key.split("|")
        if len(name) > MAX_FIELD_CHARACTERS:
            raise CompileError(f"a field name is longer than {MAX_FIELD_CHARACTERS} characters")
        if unknown := [modifier for modifier in modifiers if modifier not in MODIFIERS]:
            raise CompileError(f"the modifier {unknown[0][:40]!r} is not known")
        values: list[Any] = content if isinstance(content, list) else [content]
        if "re" in modifiers and not all(isinstance(value, str) for value in values):
            raise CompileError("a regular expression has to be text")
        is_regex = "re" in modifiers
        typed: list[SigmaType] = [
            SigmaString.from_str(value) if is_regex else sigma_type(value) for value in values
        ]
        if "expand" in modifiers:
            typed = [item for value in typed for item in self._expanded(value)]
            modifiers = [modifier for modifier in modifiers if modifier != "expand"]
        item = SigmaDetectionItem(name or None, [MODIFIERS[modifier] for modifier in modifiers], typed)
        field = fold_name(name)
        if not item.value:
            if not name:
                raise CompileError("a list of keywords is empty")
            return Leaf(field, Check.NULL)
        parts = [_value_node(field, value) for value in item.value]
        node = all_of(parts) if item.value_linking is ConditionAND else any_of(parts)
        return negated(node) if item.negated else node

    def _expanded(self, value: SigmaType) -> Iterator[SigmaType]:
        """Every value that the placeholders of one value stand for."""
        if not isinstance(value, SigmaString):
            raise CompileError("expand applies to text only")
        marked = value.insert_placeholders()
        names = placeholders(marked)
        total = 1
        for name in names:
            if not (known := self.given.get(name)):
                raise CompileError(f"no value is given for the placeholder %{name[:60]}%")
            total *= len(known)
        if total > _MAX_EXPANDED:
            raise CompileError(f"placeholders stand for more than {_MAX_EXPANDED} values")
        yield from marked.replace_placeholders(
            lambda mark: iter([SigmaString(v) for v in self.given[mark.name]])
        )


def _value_node(field: str, value: SigmaType) -> Node:
    if isinstance(value, SigmaExpansion):
        return any_of([_value_node(field, part) for part in value.values])
    if isinstance(value, SigmaExists):
        leaf = Leaf(field, Check.EXISTS)
        return leaf if value.exists else negated(leaf)
    leaf = _leaf(field, value)
    return leaf if field != ANY_FIELD else _keyword(leaf)


def _leaf(field: str, value: SigmaType) -> Leaf:
    if isinstance(value, SigmaString):
        many = SpecialChars.WILDCARD_MULTI
        parts = value.s if field != ANY_FIELD else [many, *value.s, many]
        return string_leaf(field, parts, cased=isinstance(value, SigmaCasedString))
    if isinstance(value, SigmaTimestampPart):
        return Leaf(field, Check.TIME, str(value.number), detail=value.timestamp_part.name.lower())
    if isinstance(value, SigmaNumber):
        return Leaf(field, Check.EQUALS, str(value.number))
    if isinstance(value, SigmaBool):
        return Leaf(field, Check.EQUALS, "true" if value.boolean else "false")
    if isinstance(value, SigmaNull):
        return Leaf(field, Check.NULL)
    if isinstance(value, Regex):
        return Leaf(field, Check.REGEX, check_regex(value.text, value.flags), cased=True)
    if isinstance(value, SigmaCIDRExpression):
        return Leaf(field, Check.CIDR, str(value.network))
    if isinstance(value, SigmaCompareExpression):
        return Leaf(field, Check.COMPARE, str(value.number.number), detail=value.op.name.lower())
    if isinstance(value, SigmaFieldReference):
        both = value.starts_with and value.ends_with
        how = (
            Check.CONTAINS
            if both
            else Check.STARTS
            if value.starts_with
            else Check.ENDS
            if value.ends_with
            else Check.EQUALS
        )
        return Leaf(field, Check.FIELD, fold_name(value.field), detail=how)
    raise CompileError(f"values of the type {type(value).__name__} cannot be evaluated")


def string_leaf(field: str, parts: Sequence[Any], *, cased: bool) -> Leaf:
    """The leaf of a text with wildcards, in the simplest form that says the same."""
    many = SpecialChars.WILDCARD_MULTI
    merged: list[Any] = []
    for part in parts:
        again = part is many
        if not (again and merged and merged[-1] is part) and part != "":
            merged.append(part)
    if not all(isinstance(part, str | SpecialChars) for part in merged):
        raise CompileError("a placeholder is left in a value")
    if sum(not isinstance(part, str) for part in merged) > MAX_WILDCARDS:
        raise CompileError(f"a value has more than {MAX_WILDCARDS} wildcards")
    starts = bool(merged) and merged[0] is many
    ends = len(merged) > 1 and merged[-1] is many
    middle = merged[starts : len(merged) - ends]
    if all(isinstance(part, str) for part in middle):
        text = "".join(middle)
        test = {
            (False, False): Check.EQUALS,
            (True, False): Check.ENDS,
            (False, True): Check.STARTS,
            (True, True): Check.CONTAINS,
        }[starts, ends]
    else:
        text = "".join(_written(part) for part in merged)
        test = Check.PATTERN
    return Leaf(field, test, text if cased else fold(text), cased)


def _written(part: Any) -> str:
    if part is SpecialChars.WILDCARD_MULTI:
        return "*"
    if part is SpecialChars.WILDCARD_SINGLE:
        return "?"
    return "".join("\\" + character if character in "\\*?" else character for character in part)


def _keyword(leaf: Leaf) -> Leaf:
    """A keyword stands anywhere in a value."""
    if leaf.check is Check.EQUALS:  # a number or a truth value; text has its wildcards already
        return Leaf(ANY_FIELD, Check.CONTAINS, leaf.text, leaf.cased)
    if leaf.check in (Check.CONTAINS, Check.PATTERN, Check.REGEX) and leaf.text:
        return leaf
    raise CompileError(f"a keyword cannot be a {leaf.check} test")
