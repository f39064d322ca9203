"""Loads rule files into a rule set: every good rule, and every refused one with its reason."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from magistrate.sigma.correlation_rules import CorrelationError, read_correlation, resolve
from magistrate.sigma.documents import RuleDocument, find_rule_files, read_document, split_documents
from magistrate.sigma.filter_rules import Filter, FilterError, apply_filters, filtered_names
from magistrate.sigma.model import Correlation, Level, LogSource, RefusedRule, Rule, RuleHead, RuleSet
from magistrate.sigma.stored_rules import cache_key, read_rules, write_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from magistrate.sigma.stored_rules import RuleCache
    from magistrate.sigma.tree import Node

_MAX_TEXT = 2_000
_MAX_TAGS = 100
_VERSION = b"magistrate rule set 1\0"


class _Refusal(ValueError):
    """The document is no rule that can be used; the text says why."""


def load_rules(
    paths: Sequence[Path],
    *,
    placeholders: Mapping[str, Sequence[str]] | None = None,
    cache: RuleCache | None = None,
) -> RuleSet:
    """Read and compile the rules of files and folders.

    Args:
        paths: rule files, and folders whose YAML files are read with all below them.
        placeholders: values for `expand`, by the name between the percent signs.
        cache: where compiled rule sets are kept; it changes the time and nothing else.

    Returns:
        The rule set. A broken file or rule is in `refused` and costs no other; the order of the paths does not
        change the rules or the digest.

    Raises:
        UsageError: a path does not exist.
    """
    files = find_rule_files(paths)
    documents = [document for file in files for document in split_documents(file)]
    key = cache_key(_key_parts(documents, placeholders or {})) if cache else ""
    if cache and (content := cache.get(key)) and (kept := read_rules(content)):
        return kept
    reading = _Reading(placeholders or {})
    for document in documents:
        reading.take(read_document(document))
    reading.filter()
    reading.resolve()
    rules = RuleSet(
        tuple(sorted(reading.rules.values(), key=lambda rule: rule.head.id)),
        tuple(sorted(reading.correlations.values(), key=lambda rule: rule.head.id)),
        tuple(sorted(reading.refused, key=lambda one: (one.path, one.line, one.id, one.reason))),
        rules_digest(document.text for document in documents),
        len(files),
    )
    if cache:
        cache.put(key, write_rules(rules))
    return rules


def _key_parts(documents: Sequence[RuleDocument], placeholders: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Everything that a rule set is made of."""
    for document in documents:
        yield from (document.path, str(document.line), document.text, document.problem)
    for name, values in sorted(placeholders.items()):
        yield from (name, str(len(values)), *values)


def rules_digest(texts: Iterable[str]) -> str:
    """Hash over the documents of a rule set, whatever their order and files: 64 hex characters."""
    digest = hashlib.sha256(_VERSION)
    for one in sorted(
        hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).digest() for text in texts
    ):
        digest.update(one)
    return digest.hexdigest()


class _Reading:
    """What has been read so far."""

    def __init__(self, placeholders: Mapping[str, Sequence[str]]) -> None:
        self.placeholders = placeholders
        self.rules: dict[str, Rule] = {}
        self.correlations: dict[str, Correlation] = {}
        self.filters: list[Filter] = []
        self.refused: list[RefusedRule] = []
        self.texts: dict[str, str] = {}

    def take(self, document: RuleDocument) -> None:
        """Add the rule of a document, or refuse it."""
        if document.problem:
            self.refused.append(RefusedRule(document.path, "", "", document.problem, document.line))
            return
        value = document.value
        if value is None:
            return
        if not isinstance(value, dict):
            self.refused.append(
                RefusedRule(document.path, "", "", "The document is not a rule.", document.line)
            )
            return
        head = _head(document, value)
        if self.texts.get(head.id) == document.text.strip():
            return  # the same rule in two folders is one rule
        try:
            self._add(head, document, value)
        except FilterError as error:
            self._refuse(head, f"{error}, so the rules it is meant for are not filtered")
        except (_Refusal, CorrelationError) as error:
            self._refuse(head, str(error))

    def _add(self, head: RuleHead, document: RuleDocument, value: dict[str, Any]) -> None:
        if head.id in self.texts:
            raise _Refusal("another rule has the same id")
        if "action" in value:
            raise _Refusal("action documents are not part of Sigma any more")
        if "filter" in value:
            self.filters.append(_filter(head, value, self.placeholders))
        elif "correlation" in value:
            self.correlations[head.id] = read_correlation(head, value["correlation"])
        else:
            self.rules[head.id] = _rule(head, value, self.placeholders)
        self.texts[head.id] = document.text.strip()

    def filter(self) -> None:
        """Add the filters to their rules, and refuse those that no rule is there for."""
        rules, idle = apply_filters(self.rules.values(), self.filters)
        self.rules = {rule.head.id: rule for rule in rules}
        for one in idle:
            self._refuse(one.head, "the filter is meant for no rule that was loaded")

    def resolve(self) -> None:
        """Replace names by ids in correlations, and refuse those whose rules are missing or go in a circle."""
        ids: dict[str, str] = {}
        heads = [rule.head for rule in self.rules.values()]
        heads += [correlation.head for correlation in self.correlations.values()]
        for head in heads:
            ids.setdefault(head.name or head.id, head.id)
        ids |= {rule_id: rule_id for rule_id in (*self.rules, *self.correlations)}
        changed = True
        while changed:  # a correlation on a refused correlation is refused too
            changed = False
            for correlation in list(self.correlations.values()):
                try:
                    self.correlations[correlation.head.id] = resolve(correlation, ids)
                except CorrelationError as error:
                    self._refuse(correlation.head, str(error))
                    del self.correlations[correlation.head.id]
                    ids = {name: rule_id for name, rule_id in ids.items() if rule_id != correlation.head.id}
                    changed = True
        for correlation in _in_circles(self.correlations):
            self._refuse(correlation.head, "correlations use each other in a circle")
            del self.correlations[correlation.head.id]

    def _refuse(self, head: RuleHead, reason: str) -> None:
        sentence = reason[:1].upper() + reason[1:_MAX_TEXT].rstrip(".") + "."
        self.refused.append(RefusedRule(head.path, head.id, head.title, sentence, head.line))


def _rule(head: RuleHead, value: dict[str, Any], placeholders: Mapping[str, Sequence[str]]) -> Rule:
    log_source = _log_source(value)
    if not any((log_source.product, log_source.category, log_source.service)):
        raise _Refusal("the log source names no product, category or service")
    return Rule(head, log_source, _tree(value.get("detection"), placeholders))


def _filter(head: RuleHead, value: dict[str, Any], placeholders: Mapping[str, Sequence[str]]) -> Filter:
    section = value["filter"]
    names = filtered_names(section)
    try:
        tree = _tree({key: item for key, item in section.items() if key != "rules"}, placeholders)
        return Filter(head, _log_source(value), names, tree)
    except _Refusal as error:
        raise FilterError(str(error)) from error


def _log_source(value: dict[str, Any]) -> LogSource:
    section = value.get("logsource")
    if not isinstance(section, dict):
        raise _Refusal("the rule has no logsource section")
    parts = {key: section.get(key) or "" for key in ("product", "category", "service")}
    if not all(isinstance(part, str) for part in parts.values()):
        raise _Refusal("the log source names no product, category or service")
    return LogSource(**parts)


def _tree(detection: object, placeholders: Mapping[str, Sequence[str]]) -> Node:
    from magistrate.sigma.compile import CompileError, compile_detection  # pySigma takes a while to load

    try:
        return compile_detection(detection, placeholders)
    except CompileError as error:
        raise _Refusal(str(error)) from error


def _head(document: RuleDocument, value: dict[str, Any]) -> RuleHead:
    """Who the rule is. What is missing or of the wrong type is left empty: no rule is lost for its description."""
    level = str(value.get("level", "")).strip().lower()
    return RuleHead(
        id=_text(value.get("id")) or _made_up_id(document.text),
        title=_text(value.get("title")) or "(no title)",
        path=document.path,
        line=document.line,
        name=_text(value.get("name")),
        level=Level(level) if level in set(Level) else Level.UNSTATED,
        status=_text(value.get("status")),
        tags=tuple(tag.strip().lower() for tag in _texts(value.get("tags"))[:_MAX_TAGS]),
        author=_text(value.get("author")),
        description=_text(value.get("description")),
        false_positives=_texts(value.get("falsepositives"))[:_MAX_TAGS],
    )


def _text(value: object) -> str:
    return value.strip()[:_MAX_TEXT] if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for item in values if (text := _text(item)))


def _made_up_id(text: str) -> str:
    """Id of a rule without one, from its text."""
    return "without-id-" + hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _in_circles(correlations: Mapping[str, Correlation]) -> list[Correlation]:
    """Correlations that lead back to themselves or to such a circle."""
    left = dict(correlations)
    changed = True
    while changed:
        free = [key for key, one in left.items() if not any(name in left for name in one.rules)]
        for key in free:
            del left[key]
        changed = bool(free)
    return list(left.values())
