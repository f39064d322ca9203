"""A compiled rule set as bytes and back, so that the same rules are compiled once.

The form is plain JSON of numbers and text: nothing in it can run. A tree is a number for a leaf, a negative one for
a leaf under a not, or a list of a sign and its parts.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from magistrate.sigma.model import Correlation, LogSource, RefusedRule, Rule, RuleHead, RuleSet
from magistrate.sigma.tree import AllOf, AnyOf, Leaf, Node, Not

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DEPTH = 500  # far deeper than the condition and the selections of a rule can go
_JOINS: dict[str, type[AllOf | AnyOf]] = {"&": AllOf, "|": AnyOf}


class RuleCache(Protocol):
    """A place that keeps compiled rule sets by a key of hexadecimal characters."""

    def get(self, key: str) -> bytes | None:
        """What was kept under the key; None when there is nothing."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Keep something. Failing to is no error: it can be made again."""
        ...


class _StoredRule(msgspec.Struct):
    head: RuleHead
    log_source: LogSource
    tree: Any


class _StoredSet(msgspec.Struct):
    leaves: list[Leaf]
    rules: list[_StoredRule]
    correlations: list[Correlation]
    refused: list[RefusedRule]
    digest: str
    files: int


class _Damaged(ValueError):
    """The bytes are no rule set of ours."""


def cache_key(parts: Iterable[str]) -> str:
    """Key of what these texts compile to with this version of the program and of pySigma."""
    digest = hashlib.sha256(_compiler_digest())
    for part in parts:
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


@cache
def _compiler_digest() -> bytes:
    digest = hashlib.sha256(metadata.version("pysigma").encode())
    for file in sorted(resources.files(__package__).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.digest()


def write_rules(rules: RuleSet) -> bytes:
    """The bytes of a rule set."""
    numbers: dict[Leaf, int] = {}
    stored = [_StoredRule(rule.head, rule.log_source, _plain(rule.tree, numbers)) for rule in rules.rules]
    return msgspec.json.encode(
        _StoredSet(
            list(numbers), stored, list(rules.correlations), list(rules.refused), rules.digest, rules.files
        )
    )


def read_rules(content: bytes) -> RuleSet | None:
    """The rule set that bytes hold; None when they are damaged."""
    try:
        stored = msgspec.json.decode(content, type=_StoredSet)
        rules = tuple(
            Rule(one.head, one.log_source, _tree(one.tree, stored.leaves, 0)) for one in stored.rules
        )
    except (msgspec.DecodeError, _Damaged, RecursionError):
        return None
    return RuleSet(rules, tuple(stored.correlations), tuple(stored.refused), stored.digest, stored.files)


def _plain(node: Node, numbers: dict[Leaf, int]) -> Any:
    if isinstance(node, Leaf):
        return numbers.setdefault(node, len(numbers))
    if isinstance(node, Not):
        inner = _plain(node.part, numbers)
        return -inner - 1 if isinstance(inner, int) else ["!", inner]
    sign = "&" if isinstance(node, AllOf) else "|"
    return [sign, *(_plain(part, numbers) for part in node.parts)]


def _tree(plain: Any, leaves: list[Leaf], depth: int) -> Node:
    if type(plain) is int:
        number = plain if plain >= 0 else -plain - 1
        if number >= len(leaves):
            raise _Damaged
        return leaves[number] if plain >= 0 else Not(leaves[number])
    if type(plain) is not list or not plain or depth > MAX_DEPTH:
        raise _Damaged
    sign, *parts = plain
    inner = tuple(_tree(part, leaves, depth + 1) for part in parts)
    if sign == "!" and len(inner) == 1:
        return Not(inner[0])
    join = _JOINS.get(sign) if isinstance(sign, str) else None
    if join is None:
        raise _Damaged
    return join(inner)
