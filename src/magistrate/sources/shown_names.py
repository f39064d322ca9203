"""Finds the provider and channel behind what Event Viewer shows: short names, display names, no channel at all."""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.sources.mapping import load_mappings

if TYPE_CHECKING:
    from collections.abc import Mapping

_IN_BRACKETS = re.compile(r"\(([^()]{1,100})\)\s*\Z")
_PREFIX = "Microsoft-Windows-"


@lru_cache(maxsize=1024)
def provider_of(shown: str, event_id: int) -> str:
    """Provider of a shown name; the name itself when no mapping knows it.

    One name can stand for two providers ("Eventlog"); then the event id decides.
    """
    shown = shown.strip()
    candidates = [shown, f"{_PREFIX}{shown}"]
    if named := _shown_providers().get(shown):
        candidates.insert(0, named)
    if match := _IN_BRACKETS.search(shown):
        candidates += [match.group(1), f"{_PREFIX}{match.group(1)}"]
    mappings = load_mappings()
    for name in candidates:
        if (name.lower(), event_id) in mappings.by_provider:
            return name
    return next((name for name in candidates if name.lower() in _channels_by_provider()), shown)


def unknown_host(label: str) -> str:
    """Host name of records whose export names no computer: never taken for a host of another file."""
    return f"unknown host ({label})"


@lru_cache(maxsize=1024)
def channel_of(provider: str, event_id: int) -> str:
    """Channel that a provider writes an event to; empty when no mapping knows the provider."""
    target = load_mappings().by_provider.get((provider.lower(), event_id))
    return target.channel if target else _channels_by_provider().get(provider.lower(), "")


@cache
def _channels_by_provider() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for source in load_mappings().sources:
        for provider in source.providers:
            found.setdefault(provider.lower(), source.channels[0])
    return found


@cache
def _shown_providers() -> Mapping[str, str]:
    text = resources.files(__package__).joinpath("shown_providers.csv").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["shown"] in found:
            raise ValueError(f"shown_providers.csv repeats {row['shown']}")
        found[row["shown"]] = row["provider"]
    return found
