from __future__ import annotations

import json

from magistrate.report.build import build_view
from magistrate.report.exporters import thehive
from magistrate.report.observables import observables
from report.sample_case import hostile_case, sample_case


def _alert(case) -> dict:
    return json.loads(thehive.render(build_view(case)))


def test_the_alert_has_what_thehive_asks_for() -> None:
    alert = _alert(sample_case())

    assert all(alert[name] for name in ("type", "source", "sourceRef", "title", "description"))
    assert alert["severity"] in (1, 2, 3, 4)


def test_a_second_run_refers_to_the_same_alert() -> None:
    view = build_view(sample_case())

    assert _alert(sample_case())["sourceRef"] == view.case_hash


def test_no_host_and_no_account_is_an_indicator() -> None:
    marked = {item["message"].split(";")[0] for item in _alert(sample_case())["observables"] if item["ioc"]}

    assert marked.isdisjoint({"host", "account"})


def test_values_of_observables_are_exact() -> None:
    case = hostile_case("a\n\x1b[2J\u202e=1")
    values = [item["data"] for item in _alert(case)["observables"]]

    assert values == [item.value for item in observables(build_view(case))]
