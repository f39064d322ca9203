"""Names as a channel: many different names below one domain, random labels, unusual record types."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.rows import number, text
from magistrate.network.model import NameTunnel
from magistrate.network.queries import query_text
from magistrate.network.thresholds import limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from magistrate.store.base import Store

_BATCH = 50_000
_COUNTRY_CODE = 2  # letters of a country's domain
_SHORT_LABEL = 3  # co, com, ac, gov: registries below a country rarely use longer labels


@dataclass(slots=True)
class _Domain:
    """Sums over the distinct names below one domain."""

    names: int = 0
    queries: int = 0
    unusual: int = 0
    entropy: float = 0.0
    evidence_id: str = ""


def find_tunnels(
    store: Store, since: datetime, in_scope: Callable[[str], bool], usual: Callable[[str], bool]
) -> tuple[tuple[NameTunnel, str], ...]:
    """Domains below which a source asked for a hundred and more names; with each comes the id of a record.

    Names are read in a stream; memory holds one line for each source and domain.
    """
    domains: dict[tuple[str, str], _Domain] = {}
    for batch in store.batches(
        query_text("query_names"), {"from_time": since}, rows=_BATCH, name="network/query_names"
    ):
        for row in batch.to_pylist():
            src, name = str(row["src"]), str(row["name"]).rstrip(".")
            if not in_scope(src) or name.endswith((".in-addr.arpa", ".ip6.arpa")):
                continue
            base = base_domain(name)
            if base == name or usual(name):
                continue
            known = domains.setdefault((src, base), _Domain(evidence_id=text(row, "evidence_id") or ""))
            known.names += 1
            known.queries += number(row, "number") or 0
            known.unusual += int(str(row["unusual"] or 0))
            known.entropy += label_entropy(name[: -len(base) - 1])
    found = [
        (_tunnel(src, base, item), item.evidence_id)
        for (src, base), item in domains.items()
        if item.names >= limit("dns_base")
    ]
    return tuple(sorted(found, key=lambda item: (-item[0].names, item[0].src, item[0].domain)))


def _tunnel(src: str, base: str, item: _Domain) -> NameTunnel:
    band = next((name for name in ("high", "medium", "low") if item.names >= limit(f"dns_{name}")), "base")
    return NameTunnel(
        src=src,
        domain=base,
        names=item.names,
        queries=item.queries,
        entropy=item.entropy / item.names,
        unusual_share=item.unusual / item.queries if item.queries else 0.0,
        band=band,
    )


def base_domain(name: str) -> str:
    """The domain that somebody registered, as near as the form of the name tells: two labels, three below a country."""
    labels = name.lower().rstrip(".").split(".")
    below_country = len(labels) > 2 and len(labels[-1]) == _COUNTRY_CODE and len(labels[-2]) <= _SHORT_LABEL
    return ".".join(labels[-3:] if below_country else labels[-2:])


def label_entropy(label: str) -> float:
    """Shannon entropy of the characters of a label, in bits; 0 for an empty one."""
    counts = Counter(label.replace(".", ""))
    total = sum(counts.values())
    return -sum(number / total * math.log2(number / total) for number in counts.values()) if total else 0.0
