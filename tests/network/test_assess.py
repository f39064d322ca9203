"""Command channels and outflow over generated traffic: hits, near misses, missing data, benign look-alikes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from deep_dive.story_cases import story
from magistrate.context.model import Context
from magistrate.network.assess import assess_network
from magistrate.network.model import Likelihood
from magistrate.network.queries import flow_query, query_text
from magistrate.portable_sql import assert_portable
from magistrate.report.network_sheets import network_sheets
from magistrate.store.duckdb import DuckDBStore
from network.traffic import C2, START, beacon, flow, office


def assessed(rows, context=None, stories=()):
    with DuckDBStore.in_memory(rows) as store:
        return assess_network(store, stories, context or Context())


@pytest.mark.parametrize("jitter", [0, 0.1, 0.2, 0.3, 0.4, 0.5])
def test_the_command_channel_ranks_in_the_top_three_at_any_jitter(jitter) -> None:
    random = Random(7)
    network = assessed(office(random) + beacon("10.0.0.12", C2, 300, jitter, 24, random))

    assert C2 in [item.pair.dst for item in network.beacons[:3]]


@pytest.mark.parametrize("jitter", [0, 0.2, 0.5])
def test_period_and_jitter_are_estimated(jitter) -> None:
    found = assessed(beacon("10.0.0.12", C2, 300, jitter, 24, Random(3))).beacons[0].score

    assert found.period_seconds == pytest.approx(300, rel=0.05)
    assert found.jitter == pytest.approx(jitter, abs=0.08)


def test_a_regular_channel_over_a_day_is_probable() -> None:
    found = assessed(beacon("10.0.0.12", C2, 300, 0.2, 24, Random(1)))

    assert found.beacons[0].likelihood is Likelihood.PROBABLE


def test_a_regular_channel_of_two_hours_is_too_short_to_say() -> None:
    found = assessed(beacon("10.0.0.12", C2, 300, 0, 2, Random(1)))

    assert found.beacons[0].likelihood is Likelihood.TOO_SHORT


def test_three_connections_have_no_score() -> None:
    assert assessed([flow("10.0.0.12", C2, n * 60) for n in range(3)]).beacons == ()


def test_connections_without_bytes_are_scored_by_three_parts() -> None:
    rows = [row | {"OrigBytes": None} for row in beacon("10.0.0.12", C2, 300, 0, 24, Random(1))]

    assert assessed(rows).beacons[0].score.size is None
    assert "no size data" in network_sheets(assessed(rows))[0].rows[0][2]


def test_a_usual_name_that_every_host_calls_is_set_aside_and_counted() -> None:
    rows = []
    for number in range(4):
        src = f"10.0.0.{number}"
        rows += beacon(src, "198.51.100.10", 600, 0, 24, Random(number))
        rows.append(flow(src, "198.51.100.10", 1, category="zeek_ssl", evidence_id=f"s{number}",
                         DestinationHostname="fe2.update.microsoft.com"))  # fmt: skip
    network = assessed(rows)

    assert network.suppressed == (("Windows Update, called by most hosts", 4),)
    assert network.beacons == ()


def test_a_usual_name_that_one_host_alone_calls_is_ranked() -> None:
    rows = office(Random(1)) + beacon("10.0.0.12", C2, 300, 0, 24, Random(1))
    rows.append(
        flow(
            "10.0.0.12",
            C2,
            1,
            category="zeek_ssl",
            evidence_id="s",
            DestinationHostname="update.microsoft.com",
        )
    )

    assert C2 in [item.pair.dst for item in assessed(rows).beacons[:3]]


def test_the_own_list_of_the_site_sets_a_destination_aside() -> None:
    rows = beacon("10.0.0.12", C2, 300, 0, 24, Random(1))

    assert assessed(rows, Context(usual_destinations=("203.0.113.0/24",))).suppressed == (
        ("the site's own list", 1),
    )


def test_a_connection_of_five_hours_is_long_and_one_of_half_an_hour_is_not() -> None:
    rows = [flow("10.0.0.12", C2, 0, DurationMs=18_000_000), flow("10.0.0.13", C2, 0, DurationMs=1_800_000)]

    assert [(item.pair.src, item.band) for item in assessed(rows).long] == [("10.0.0.12", "low")]


@pytest.mark.parametrize(("size", "number"), [(80_000_000, 1), (40_000_000, 0)])
def test_an_unusual_upload_counts_from_fifty_megabytes(size, number) -> None:
    usual = [flow("10.0.0.12", f"198.51.100.{n}", n) for n in range(1, 30)]

    assert len(assessed([*usual, flow("10.0.0.12", C2, 100, sent=size, back=9000)]).outflows) == number


def test_a_large_download_is_no_outflow() -> None:
    assert assessed([flow("10.0.0.12", C2, 100, sent=900_000, back=900_000_000)]).outflows == ()


@pytest.mark.parametrize(("names", "number"), [(120, 1), (80, 0)])
def test_many_names_below_one_domain_are_a_sign_from_a_hundred(names, number) -> None:
    rows = [flow("10.0.0.12", "10.0.0.1", n, category="zeek_dns", QueryName=f"x{n:04x}q.bad.example", QueryType="TXT")
            for n in range(names)]  # fmt: skip

    assert len(assessed(rows).tunnels) == number


def test_a_packed_file_is_shown_with_the_connection_after_it() -> None:
    packed = {"evidence_id": "p", "category": "process_creation", "Timestamp": START, "host": "10.0.0.12",
              "Image": r"C:\Tools\7z.exe", "CommandLine": "7z a out.7z docs"}  # fmt: skip
    rows = [packed, *(flow("10.0.0.12", C2, 600 + n, sent=1000) for n in range(5))]

    assert assessed(rows).packing[0].then.startswith(f"{C2} port 443")


def test_without_any_flow_the_sheets_name_what_to_fetch() -> None:
    for sheet in network_sheets(assessed([])):
        assert sheet.summary.startswith("Not assessed:")
        assert "SRUM" in sheet.summary


def test_nothing_found_is_said_for_a_source_and_a_period_and_never_as_an_absence() -> None:
    summaries = " ".join(sheet.summary for sheet in network_sheets(assessed([flow("10.0.0.12", C2, 1)])))

    assert "None seen, flows with bytes 1, 2026-03-02 00:00:01" in summaries
    assert "no exfiltration" not in summaries.lower()


def test_only_sources_of_the_stories_are_examined_where_they_are_known() -> None:
    rows = [*beacon("10.20.5.17", C2, 300, 0, 24, Random(1)), *beacon("10.9.9.9", C2, 300, 0, 24, Random(1))]
    acting = replace(story(), first=START + timedelta(hours=1), last=START + timedelta(hours=2))

    assert {item.pair.src for item in assessed(rows, stories=[acting]).beacons} == {"10.20.5.17"}


@pytest.mark.corpus
def test_the_command_channel_of_the_recorded_emulation_ranks_in_the_top_three(corpus, tmp_path) -> None:
    found = sorted(corpus.glob("security-datasets/compound/apt29/day1/zeek/*zeek_logs.zip"))
    if not found:
        pytest.skip("the Zeek logs of the APT29 emulation are not in the corpus")
    from magistrate.sources.base import IntakeOptions
    from magistrate.sources.collect import collect

    collect(found, tmp_path / "events", IntakeOptions())
    with DuckDBStore.open(tmp_path / "events") as store:
        network = assess_network(store, [], Context())

    assert "192.168.0.4" in [item.pair.dst for item in network.beacons[:3]]


@pytest.mark.parametrize("name", ["spans", "pairs", "stamps", "days", "destinations"])
def test_the_queries_over_flows_are_portable(name) -> None:
    assert_portable(flow_query(name), name)


@pytest.mark.parametrize(
    "name", ["names", "query_names", "sources", "programs", "transfers", "packing", "records"]
)
def test_the_other_queries_are_portable(name) -> None:
    assert_portable(query_text(name), name)
