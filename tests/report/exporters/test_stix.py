from __future__ import annotations

import json
import re

import pytest

from magistrate.report.build import build_view
from magistrate.report.exporters import stix
from magistrate.report.observables import Observable, ObservableKind
from report.sample_case import sample_case

ID = re.compile(r"[a-z-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUIRED = {
    "identity": {"name"},
    "attack-pattern": {"name"},
    "indicator": {"pattern", "pattern_type", "valid_from"},
    "relationship": {"relationship_type", "source_ref", "target_ref"},
    "grouping": {"context", "object_refs"},
}


@pytest.fixture(scope="module")
def shown() -> Observable:
    return Observable(
        ObservableKind.ADDRESS, "198.51.100.7", True, ("e1",), ("h",), "2026-03-02T10:00:00Z", None
    )


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch, shown: Observable) -> dict:
    monkeypatch.setattr(stix, "observables", lambda view: (shown,))
    return json.loads(stix.render(build_view(sample_case())))


def test_every_object_has_what_its_type_requires(bundle: dict) -> None:
    assert {item["type"] for item in bundle["objects"]} == set(REQUIRED)
    for item in bundle["objects"]:
        assert REQUIRED[item["type"]] <= set(item)
        assert item["spec_version"] == "2.1"
        assert ID.fullmatch(item["id"])
        assert item["id"].startswith(f"{item['type']}--")
        assert all(
            TIME.fullmatch(item[name]) for name in ("created", "modified", "valid_from") if name in item
        )
        assert item["created"] <= item["modified"]


def test_every_reference_resolves_and_no_id_is_there_twice(bundle: dict) -> None:
    ids = [item["id"] for item in bundle["objects"]]
    refs = [item[name] for item in bundle["objects"] for name in item if name.endswith("_ref")]
    refs += [ref for item in bundle["objects"] for ref in item.get("object_refs", ())]

    assert len(set(ids)) == len(ids)
    assert set(refs) <= set(ids)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/a", "http://ws01/a", "http://ws01.corp.example/a", "http://[x/"]
)
def test_a_url_of_the_site_is_no_indicator(url: str) -> None:
    assert not stix._outside(url, {"ws01.corp.example"})


def test_the_library_of_oasis_takes_the_bundle(bundle: dict) -> None:
    stix2 = pytest.importorskip("stix2")

    assert stix2.parse(bundle, version="2.1").id == bundle["id"]
