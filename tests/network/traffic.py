"""Generated traffic: a command channel among regular and random flows, with a fixed seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, tzinfo=UTC)
C2 = "203.0.113.66"


def flow(src, dst, second, port=443, sent=500, back=900, **more):
    """One connection as a sensor's row."""
    key = f"{src} {dst} {port} {second}"
    return {
        "evidence_id": key,
        "category": "zeek_conn",
        "Timestamp": START + timedelta(seconds=second),
        "SourceIp": src,
        "DestinationIp": dst,
        "DestinationPort": port,
        "OrigBytes": sent,
        "RespBytes": back,
        "Channel": "Zeek/conn",
        "host": "",
        **more,
    }


def beacon(src, dst, period, jitter, hours, random, **more):
    """Connections of a sleep with uniform jitter, each of about the same size."""
    rows, second = [], random.uniform(0, period)
    while second < hours * 3600:
        rows.append(flow(src, dst, round(second, 3), sent=random.randint(480, 520), **more))
        second += random.uniform((1 - jitter) * period, period)
    return rows


def office(random, hosts=8, hours=24):
    """Updates called by every host at regular times, a clock service, and people."""
    rows = []
    for number in range(hosts):
        src = f"10.0.0.{number + 10}"
        rows += beacon(src, "198.51.100.10", 600, 0, hours, random)  # an update service that everybody calls
        for _ in range(150):
            second = round(random.uniform(8, 18) * 3600, 3)
            dst = f"198.51.100.{random.randint(100, 110)}"
            rows.append(flow(src, dst, second, sent=int(random.lognormvariate(8, 2)) + 1))
    return rows
