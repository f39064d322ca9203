"""A slow evaluator to compare the engine with: walks each rule's tree for each event, one value after the other.

It shares with the engine what is definition (the tree, the log source file, which columns stand for which recorded
fields) and nothing of how the answers are found.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from magistrate.events.schema import column_types
from magistrate.sigma.log_sources import choose_events
from magistrate.sigma.places import standing_columns
from magistrate.sigma.tree import AllOf, AnyOf, Check, Leaf, Not

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.sigma.model import RuleSet
    from magistrate.sigma.tree import Node

SYSTEM = {"provider_name": "Provider", "eventid": "EventID", "computer": "Computer", "computername": "Computer",
          "eventrecordid": "RecordId", "execution_processid": "logger_pid", "security_userid": "logger_sid"}  # fmt: skip
FROM_RAW = {"level", "keywords", "task", "opcode", "qualifiers", "execution_threadid", "message"}
OURS = {"evidence_id", "time_source", "time_zone_assumed", "host", "category", "file_sha256", "file", "locator", "raw",
        "event_data", "logger_sid", "logger_pid"}  # fmt: skip


def expected_hits(rules: RuleSet, rows: Iterable[dict[str, Any]]) -> dict[str, set[str]]:
    """Evidence ids by rule id, for rules with a hit."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for rule in rules.rules:
            if rule_matches(rule, row):
                found.setdefault(rule.head.id, set()).add(row["evidence_id"])
    return found


def rule_matches(rule, row) -> bool:
    channel = (row.get("Channel") or "").lower()
    for choice in choose_events(rule.log_source):
        if choice.channels and channel not in choice.channels:
            continue
        if choice.event_ids and row.get("EventID") not in choice.event_ids:
            continue
        look = Look(row, dict(choice.fields))
        if look.true(choice.where) and look.true(rule.tree):
            return True
    return False


class Look:
    def __init__(self, row, ways):
        self.row = row
        self.ways = ways
        self.data = json.loads(row["event_data"]) if row.get("event_data") is not None else None

    def true(self, node: Node) -> bool:
        if isinstance(node, AllOf):
            return all(self.true(part) for part in node.parts)
        if isinstance(node, AnyOf):
            return any(self.true(part) for part in node.parts)
        if isinstance(node, Not):
            return not self.true(node.part)
        return self.leaf(node)

    def leaf(self, leaf: Leaf) -> bool:
        values = self.values(leaf.field)
        if leaf.check is Check.EXISTS:
            return values != []
        if leaf.check is Check.NULL:
            return [value for value in values if value is not None] == []
        if leaf.check is Check.FIELD:
            pairs = [
                (a, b) for a in values for b in self.values(leaf.text) if a is not None and b is not None
            ]
            return any(relation(leaf.detail, caseless(a), caseless(b)) for a, b in pairs)
        return any(one_value(leaf, value) for value in values)

    def values(self, name: str) -> list[str | None]:
        if name == "":
            texts = list((self.data or {}).values()) + [
                self.row.get(c) for c in ("Channel", "Provider", "Computer", "Message")
            ]
            return [written(text) for text in texts if text not in (None, "")]
        if name in self.ways:
            return self.by_ways(self.ways[name])
        if name in SYSTEM:
            return self.column(SYSTEM[name])
        standing = standing_columns(self.row.get("Channel") or "", self.row.get("EventID")).get(name)
        if standing and self.column(standing):
            return self.column(standing)
        recorded = self.recorded(name)
        if name == "channel":
            return self.column("Channel") + recorded
        if recorded:
            return recorded
        if name == "data":
            numbered = sorted(
                (int(key[5:]), value)
                for key, value in (self.data or {}).items()
                if re.fullmatch("param[0-9]+", key)
            )
            if numbered:
                return [written(value) for _, value in numbered]
        if name in ("md5", "sha1", "sha256", "imphash"):
            texts = [text for text in self.values("hashes") if text]
            pieces = [piece.split("=", 1) for text in texts for piece in text.split(",") if "=" in piece]
            return [
                piece[1]
                for piece in pieces
                if piece[0].replace(" ", "").lower() == name and piece[0].isascii()
            ]
        if self.data is None or name in FROM_RAW:
            for column in column_types():
                if column.lower() == name and column not in OURS and self.column(column):
                    return self.column(column)
        if name in FROM_RAW and self.row.get("raw"):
            fields = {key.lower(): str(value) for key, value in json.loads(self.row["raw"]).items()}
            return [fields[name]] if name in fields else []
        return []

    def by_ways(self, ways):
        for way in ways:
            if way.kind == "column":
                found = self.column(way.names[0])
            elif way.kind == "recorded":
                found = [v for v in self.recorded(way.names[0].lower().replace(" ", "")) if v is not None]
            else:
                key, value = (self.recorded(name.lower()) for name in way.names)
                key, value = [one for one in key if one], [one for one in value if one]
                found = []
                if key:
                    path = re.sub(r"(?i)^(\\registry\\machine|hkey_local_machine)(?=\\|\Z)", "HKLM", key[0])
                    path = re.sub(r"(?i)^(\\registry\\user|hkey_users)(?=\\|\Z)", "HKU", path)
                    found = [f"{path}\\{value[0]}" if value else path]
            if found:
                return found
        return []

    def column(self, name) -> list[str | None]:
        value = self.row.get(name)
        return [] if value is None else [written(value)]

    def recorded(self, name) -> list[str | None]:
        found = []
        for key, value in (self.data or {}).items():
            plain = key.replace(" ", "")
            if (plain.lower() if plain.isascii() else plain) == name:
                found.append(written(value))
        return found


def written(value):
    if value is None or isinstance(value, str):
        return value
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def caseless(text: str) -> str:
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def relation(how: str, a: str, b: str) -> bool:
    return {
        "equals": a == b,
        "starts": a[: len(b)] == b,
        "ends": b == "" or a[-len(b) :] == b,
        "contains": b in a,
    }[how]


def one_value(leaf: Leaf, value: str | None) -> bool:
    if value is None:
        return leaf.check is Check.EQUALS and leaf.text == ""
    text = value if leaf.cased else caseless(value)
    if leaf.check in (Check.EQUALS, Check.STARTS, Check.ENDS, Check.CONTAINS):
        return relation(leaf.check, text, leaf.text)
    if leaf.check is Check.PATTERN:
        return pattern(leaf.text).match(text) is not None
    if leaf.check is Check.REGEX:
        return re.search(leaf.text.replace(r"\z", r"\Z"), value) is not None
    if leaf.check is Check.CIDR:
        return inside(leaf.text, value)
    if leaf.check is Check.COMPARE:
        try:
            number = int(value, 16) if value.strip().lower().startswith("0x") else float(value)
        except ValueError:
            return False
        limit = float(leaf.text)
        return {"lt": number < limit, "lte": number <= limit, "gt": number > limit, "gte": number >= limit}[
            leaf.detail
        ]
    assert leaf.check is Check.TIME
    try:
        moment = datetime.fromisoformat(value.strip().replace("/", "-"))
    except ValueError:
        return False
    part = moment.isocalendar().week if leaf.detail == "week" else getattr(moment, leaf.detail)
    return part == int(leaf.text)


def pattern(text: str) -> re.Pattern[str]:
    """The pattern by way of the standard library's translation of shell patterns."""
    shell, escaped = "", False
    for character in text:
        if escaped:
            shell += f"[{character}]" if character in "*?" else character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "[":
            shell += "[[]"
        else:
            shell += character
    return re.compile(fnmatch.translate(shell))


def inside(network: str, value: str) -> bool:
    try:
        address = ipaddress.ip_address(value.strip().strip("[]"))
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address in ipaddress.ip_network(network)
