from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from magistrate.claims.read import MAX_BYTES, claim_fields, read_alert
from magistrate.errors import MagistrateError, UsageError

ELASTIC = {
    "_id": "a1",
    "_source": {
        "kibana.alert.rule.name": "Process started by WMI",
        "@timestamp": "2026-03-11T07:05:00Z",
        "kibana.alert.original_time": "2026-03-11T07:03:00Z",
        "winlog": {"computer_name": "ws21.corp.example", "record_id": "77"},
        "process": {"executable": "C:\\x.exe", "pid": 12, "parent": {"executable": "C:\\WmiPrvSE.exe"}},
    },
}


@pytest.fixture
def alert(tmp_path):
    def write(text: str, zone: str | None = None):
        path = tmp_path / "alert.json"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read_alert(path, zone)

    return write


def test_alert_of_a_product_is_read_by_its_field_names(alert) -> None:
    found = alert(json.dumps(ELASTIC))

    assert (found.host, found.record_id, found.process_id) == ("ws21.corp.example", 77, 12)
    assert (found.parent, found.rule) == ("C:\\WmiPrvSE.exe", "Process started by WMI")
    assert found.utc == datetime(2026, 3, 11, 7, 3, tzinfo=UTC)


def test_time_without_a_zone_needs_one(alert) -> None:
    with pytest.raises(UsageError, match="no zone"):
        alert("host: WS21\ntime: 2026-03-11T08:03:00\n")

    found = alert("host: WS21\ntime: 2026-03-11T08:03:00\n", "Europe/Berlin")

    assert found.utc == datetime(2026, 3, 11, 7, 3, tzinfo=UTC)


@pytest.mark.parametrize("text", ["host: WS21\n", "time: 2026-03-11T08:03:00Z\nimage: a.exe\n"])
def test_alert_that_does_not_say_which_record_it_is_about_is_refused(alert, text) -> None:
    with pytest.raises(UsageError, match="names n"):
        alert(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[1, 2]",
        "7",
        '{"host": 1, "host": 2}',
        '{"host": "a", "time": NaN}',
        "[" * 100_000,
        "a: &a [*a]",
        "host: !!python/object/apply:os.system [id]",
        "host: \ud800",
        '{"host": "a", "time": "99999-99-99"}',
        '{"host": {"host": []}, "record_id": {}}',
        " " * (MAX_BYTES + 1),
    ],
)
def test_hostile_alert_file_is_refused_in_one_sentence(alert, text) -> None:
    with pytest.raises(MagistrateError):
        alert(text)


def test_every_field_has_a_claim_and_a_source() -> None:
    assert claim_fields()["host"][0] == "host"
