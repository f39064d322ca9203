"""Claims about what shows the role of a host."""

from __future__ import annotations

import pytest
from tests.coverage.cases import HOST, Case

from magistrate.context.model import Asset, Context
from magistrate.coverage.roles import find_roles

LOCAL = {"LogonType": 3, "TargetUserSid": "S-1-5-21-1-2-3-1001", "TargetUserName": "user05"}


def role(case, context=None):
    found = find_roles(case.store(), (HOST,), context).get(HOST)
    return found.name if found else None


def test_tickets_show_a_domain_controller():
    assert role(Case().add("Security", 4769)) == "domain_controller"


def test_a_directory_service_log_shows_a_domain_controller():
    assert role(Case().add("Directory Service", 1000)) == "domain_controller"


@pytest.mark.parametrize("values", [LOCAL | {"TargetDomainName": "PC1"}, {"LogonType": 11}])
def test_a_local_account_or_cached_credentials_show_a_member(values):
    assert role(Case().add("Security", 4624, **values)) == "member"


@pytest.mark.parametrize(
    "values",
    [
        LOCAL | {"TargetDomainName": "CORP"},
        LOCAL | {"TargetDomainName": "%"},
        LOCAL | {"TargetDomainName": ""},
        LOCAL | {"TargetDomainName": "PC1", "TargetUserSid": "S-1-5-18"},
        LOCAL | {"TargetDomainName": "PC1", "TargetUserName": "PC1$"},
    ],
)
def test_a_domain_account_or_an_odd_domain_shows_nothing(values):
    assert role(Case().add("Security", 4624, **values)) is None


@pytest.mark.parametrize(
    ("asset", "expected"), [("dc", "domain_controller"), ("workstation", "member"), ("unknown", None)]
)
def test_the_asset_list_tells_what_records_do_not(asset, expected):
    assert role(Case().add("Security", 1), Context(assets=(Asset(HOST, role=asset),))) == expected


def test_records_go_before_the_asset_list():
    context = Context(assets=(Asset(HOST, role="workstation"),))

    assert role(Case().add("Security", 4769), context) == "domain_controller"
