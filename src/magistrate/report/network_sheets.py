"""The network part of T2 as sheets: command channels, and what else flowed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.network.model import Likelihood
from magistrate.network.volume import byte_symmetry, reading
from magistrate.report import wording
from magistrate.report.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.events.evidence import Evidence
    from magistrate.network.model import Beacon, Network, Pair

LISTED = 20
"""Most scored pairs of the sheet; the summary counts the others."""

_FETCH = {
    "flow": "flows with bytes (Zeek conn)",
    "connections": "connections of the hosts (Sysmon 3, Security 5156)",
    "proxy": "HTTP or proxy logs",
    "dns": "DNS queries",
    "srum": "SRUM (bytes of each program)",
}

_Row = tuple[tuple[str, ...], tuple[str, ...]]


def network_sheets(network: Network) -> tuple[Sheet, ...]:
    """Two sheets: regular connections with their score, and long, large or odd flows."""
    return (_regular(network), _flows(network))


def _regular(network: Network) -> Sheet:
    rows = [_beacon_row(item) for item in network.beacons[:LISTED]]
    rows += [_strobe_row(item) for item in network.strobes[:LISTED]]
    return Sheet(
        key="t2-beacons",
        title="Regular connections (command channels)",
        summary=_regular_summary(network),
        columns=(
            "Reading",
            "Score",
            "Parts",
            "From",
            "To",
            "Where",
            "Number",
            "Period and jitter",
            "Bytes",
        ),
        rows=tuple(row for row, _ in rows),
        records=tuple(records for _, records in rows),
    )


def _beacon_row(item: Beacon) -> _Row:
    pair, score = item.pair, item.score
    size = "no size data" if score.size is None else f"size {score.size:.2f}"
    parts = f"timing {score.timing:.2f}, {size}, duration {score.duration:.2f}, hours {score.histogram:.2f}"
    row = (
        item.likelihood.value,
        f"{item.rank_score:.2f} ({item.band})",
        "; ".join((parts, *item.modifiers)),
        pair.src,
        _destination(pair),
        pair.place.value,
        f"{pair.number:,} in {wording.count(score.hours, 'hour')}",
        f"about {score.period_seconds:,.1f} s, {score.jitter:.0%}",
        reading(byte_symmetry(pair.sent, pair.back)),
    )
    return row, _ids(item.evidence)


def _strobe_row(pair: Pair) -> _Row:
    row = (
        "strobe: too many for intervals",
        "not scored",
        "",
        pair.src,
        _destination(pair),
        pair.place.value,
        f"{pair.number:,}",
        "",
        reading(byte_symmetry(pair.sent, pair.back)),
    )
    return row, (pair.evidence_id,)


def _destination(pair: Pair) -> str:
    names = f" ({', '.join(pair.names)})" if pair.names else ""
    return f"{pair.dst}{names} port {pair.port}"


def _regular_summary(network: Network) -> str:
    if not _has(network, "flow", "connections"):
        return f"Not assessed: no connection is recorded. To fetch: {_to_fetch(network)}."
    counts = [
        f"{number} {kind.value}"
        for kind in (Likelihood.PROBABLE, Likelihood.POSSIBLE)
        if (number := sum(item.likelihood is kind for item in network.beacons))
    ]
    found = ", ".join(counts) if counts else "No probable or possible command channel seen"
    scored = f"{network.scored:,} pairs scored, {_period(network)}, {network.scope_note}"
    strobes = f" {wording.count(len(network.strobes), 'strobe')} shown apart." if network.strobes else ""
    aside = ", ".join(f"{number} ({reason})" for reason, number in network.suppressed)
    usual = f" Set aside as usual: {aside}." if aside else ""
    return f"{found}; {scored}.{strobes}{usual}{_missing(network)}"


def _flows(network: Network) -> Sheet:
    rows: list[_Row] = []
    for long in network.long:
        hours = (long.pair.longest_ms or 0) / 3_600_000
        words = f"{hours:.1f} hours; {reading(byte_symmetry(long.pair.sent, long.pair.back), long=True)}"
        rows.append(
            _row(
                f"long connection ({long.band})", long.pair.src, _destination(long.pair), words, long.evidence
            )
        )
    for out in network.outflows:
        kind = "large and unusual outflow" if out.strong else "large outflow"
        words = f"{out.sent:,} bytes out on {out.day}, robust z {out.z:.1f}; {out.reading}"
        rows.append(_row(kind, out.src, out.dst, words, out.evidence))
    for name in network.tunnels:
        words = (
            f"{name.names:,} names, {name.queries:,} queries, {name.entropy:.1f} bits a label, "
            f"{name.unusual_share:.0%} TXT or NULL"
        )
        rows.append(_row(f"many names ({name.band})", name.src, name.domain, words, name.evidence))
    for pack in network.packing:
        rows.append(_row(pack.kind, pack.host, pack.then, pack.what, pack.evidence))
    for item in network.transfers:
        rows.append(_row("background transfer", item.host, item.uri, f"{item.number} records", item.evidence))
    return Sheet(
        key="t2-outflow",
        title="Long, large and odd flows (exfiltration)",
        summary=_flow_summary(network, rows),
        columns=("Kind", "From", "To", "What"),
        rows=tuple(row for row, _ in rows),
        records=tuple(records for _, records in rows),
    )


def _row(kind: str, src: str, dst: str, what: str, evidence: tuple[Evidence, ...]) -> _Row:
    return (kind, src, dst, what), _ids(evidence)


def _flow_summary(network: Network, rows: list[_Row]) -> str:
    if not _has(network, "flow", "srum", "dns", "connections"):
        return f"Not assessed: nothing recorded flows or names. To fetch: {_to_fetch(network)}."
    sized = _has(network, "flow", "srum")
    volume = "" if sized else " Volume was not assessed: nothing recorded bytes."
    seen = wording.count(len(rows), "flow or sign") if rows else "None seen"
    return f"{seen}, {_period(network)}, {network.scope_note}.{volume}{_missing(network)}"


def _has(network: Network, *kinds: str) -> bool:
    return any(item.kind in kinds and item.number for item in network.sources)


def _to_fetch(network: Network) -> str:
    return ", ".join(_FETCH[name] for name in (network.missing or tuple(_FETCH)))


def _missing(network: Network) -> str:
    return f" Not in the case: {_to_fetch(network)}." if network.missing else ""


def _period(network: Network) -> str:
    """What was looked at, over which time: a silence means nothing beyond it."""
    used = [item for item in network.sources if item.number]
    said = ", ".join(f"{_FETCH[item.kind].partition(' (')[0]} {item.number:,}" for item in used)
    first = min((item.first for item in used if item.first), default=None)
    last = max((item.last for item in used if item.last), default=None)
    return f"{said}, {wording.span(wording.utc_text(first), wording.utc_text(last))}"


def _ids(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(item.evidence_id for item in evidence)
