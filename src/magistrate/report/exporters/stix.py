"""STIX 2.1 bundle: outside indicators with the techniques they speak for; never a host or account of the site."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from magistrate.context.lookup import is_public_address, parse_address
from magistrate.report.citations import cited_records
from magistrate.report.observables import Observable, ObservableKind, observables
from magistrate.report.ticket_fields import ticket_title

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".json"
_NAMESPACE = hashlib.sha256(b"magistrate stix namespace").digest()[:16]
_UNKNOWN_TIME = "1970-01-01T00:00:00.000Z"  # no record has a time, and the clock is never asked
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_HASHES = {ObservableKind.SHA256: "'SHA-256'", ObservableKind.SHA1: "'SHA-1'", ObservableKind.MD5: "MD5"}


def render(view: View) -> str:
    """The bundle as one JSON object; a case without outside indicators still has its techniques and the grouping."""
    return json.dumps(_bundle(view), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _bundle(view: View) -> dict[str, Any]:
    times = sorted(item.record.utc for item in cited_records(view) if item.record.utc)
    first, last = (_moment(times[0]), _moment(times[-1])) if times else (_UNKNOWN_TIME, _UNKNOWN_TIME)
    maker = _object(view, "identity", "magistrate", first, name="Magistrate", identity_class="system")
    common = {"created_by_ref": maker["id"]}
    names = sorted(filter(_TECHNIQUE.fullmatch, set(view.techniques)))
    techniques = [
        _object(
            view, "attack-pattern", name, first, **common, name=name,
            external_references=[{"source_name": "mitre-attack", "external_id": name}],
        )
        for name in names
    ]  # fmt: skip
    indicators = [
        _object(
            view, "indicator", pattern, first, **common, pattern=pattern, pattern_type="stix",
            name=item.kind.value, valid_from=_moment(item.first) if item.first else first,
            indicator_types=["malicious-activity"],
        )
        for item, pattern in _patterns(view)
    ]  # fmt: skip
    relations = [
        _object(
            view, "relationship", f"{source['id']} {target['id']}", first, **common,
            relationship_type="indicates", source_ref=source["id"], target_ref=target["id"],
        )
        for source in indicators
        for target in techniques
    ]  # fmt: skip
    told = [maker, *techniques, *indicators, *relations]
    grouping = _object(
        view, "grouping", "case", first, **common, name=ticket_title(view), context="suspicious-activity",
        object_refs=[item["id"] for item in told],
    ) | {"modified": last}  # fmt: skip
    return {"type": "bundle", "id": _id(view, "bundle", "case"), "objects": [*told, grouping]}


def _object(view: View, kind: str, key: str, moment: str, **rest: Any) -> dict[str, Any]:
    head = {"type": kind, "spec_version": "2.1", "id": _id(view, kind, key)}
    return {**head, "created": moment, "modified": moment, **rest}


def _id(view: View, kind: str, key: str) -> str:
    """A version 5 UUID (RFC 4122) of the case hash and what the object is about."""
    name = f"{view.case_hash} {kind} {key}".encode("utf-8", "backslashreplace")
    raw = bytearray(hashlib.sha1(_NAMESPACE + name, usedforsecurity=False).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x50, raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{kind}--{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _patterns(view: View) -> list[tuple[Observable, str]]:
    seen = observables(view)
    own = {item.value.lower() for item in seen if item.kind is ObservableKind.HOST}
    return [(item, pattern) for item in seen if item.hostile and (pattern := _pattern(item, own))]


def _pattern(item: Observable, own: set[str]) -> str | None:
    """The pattern; None for what may name the site: commands, files, and URLs of inside hosts."""
    value = item.value.replace("\\", "\\\\").replace("'", "\\'")
    if item.kind is ObservableKind.ADDRESS:
        return f"[ipv{6 if ':' in value else 4}-addr:value = '{value}']"
    if item.kind in _HASHES:
        return f"[file:hashes.{_HASHES[item.kind]} = '{value}']"
    if item.kind is ObservableKind.URL and _outside(item.value, own):
        return f"[url:value = '{value}']"
    return None


def _outside(url: str, own: set[str]) -> bool:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:  # no URL that another system could take
        return False
    if parse_address(host) is not None:
        return is_public_address(host)
    return "." in host and host not in own


def _moment(utc: str) -> str:
    return f"{datetime.fromisoformat(utc).astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:23] + "Z"
