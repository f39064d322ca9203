from __future__ import annotations

from dataclasses import replace

import pytest
from tests.response.case_maker import Case, coverage

from magistrate.context.model import AccountPurpose, Asset, Context
from magistrate.response.protection import (
    NOT_JUDGED,
    guard_account,
    guard_host,
    guard_source,
    guarded,
    protected_rows,
    protects,
)
from magistrate.response.scope import AccountTarget, HostTarget, Level, SourceTarget


def host(name: str = "srv01.corp.example", **changes) -> HostTarget:
    facts = {"examined": True, "directory": False, "addresses": (), "lacks": (), "evidence_ids": ()} | changes
    return HostTarget(name=name, guard=NOT_JUDGED, **facts)


def account(name: str = "CORP\\user03", **changes) -> AccountTarget:
    facts = {
        "sid": "S-1-5-21-1-2-3-1104",
        "several_sids": False,
        "logon_ids": (),
        "hosts": ("srv01.corp.example",),
        "purpose": "",
        "machine": name.endswith("$"),
        "local": False,
        "evidence_ids": (),
    } | changes
    return AccountTarget(name=name, guard=NOT_JUDGED, **facts)


def site(*assets: Asset, **changes) -> Context:
    return Context(source="site.yml", assets=assets, **changes)


KNOWN = AccountPurpose("CORP\\svc_inv", purpose="inventory")


def test_t_act_2_without_a_site_context_every_host_account_and_source_is_guarded():
    empty = Context()
    levels = {
        guard_host(empty, host()).level,
        guard_account(empty, account(), ()).level,
        guard_source(empty, SourceTarget("10.0.0.7", NOT_JUDGED, (), ())).level,
    }

    assert levels == {Level.UNKNOWN}


@pytest.mark.parametrize("role", ["dc", "pki", "backup", "management"])
def test_t_act_2_a_protected_role_guards_a_host(role):
    assert guard_host(site(Asset("srv01.corp.example", role=role)), host()).level is Level.PROTECTED


@pytest.mark.parametrize("tag", [row.pattern for row in protected_rows() if row.kind == "host_tag"])
def test_t_act_2_a_protected_tag_guards_a_host(tag):
    asset = Asset("srv01.corp.example", role="server", tags=(tag.upper(),))

    assert guard_host(site(asset), host()).level is Level.PROTECTED


def test_t_act_2_its_own_logs_guard_a_domain_controller_whatever_the_inventory_says():
    asset = Asset("srv01.corp.example", role="server")

    assert guard_host(site(asset), host(directory=True)).level is Level.PROTECTED


def test_t_act_2_the_machine_at_hand_and_responder_hosts_are_guarded():
    asset = Asset("srv01.corp.example", role="server")

    assert guard_host(site(asset), host(), "SRV01").level is Level.PROTECTED
    assert guard_host(site(asset, responders=("srv01",)), host()).level is Level.PROTECTED


def test_a_described_server_is_open():
    assert guard_host(site(Asset("srv01.corp.example", role="server")), host()).is_open


def test_t_act_1_a_short_name_of_two_assets_is_ambiguous():
    context = site(Asset("srv01.a.example", role="server"), Asset("srv01.b.example", role="server"))

    assert guard_host(context, host("srv01")).level is Level.AMBIGUOUS


def test_t_act_1_a_name_that_acted_from_a_foreign_address_is_ambiguous():
    context = site(Asset("ws07", addresses=("10.0.0.7",), role="workstation"))

    assert guard_host(context, host("ws07", addresses=("10.0.0.66",))).level is Level.AMBIGUOUS


def test_t_act_1_a_name_with_two_sids_or_without_sid_and_domain_is_ambiguous():
    context = site(accounts=(KNOWN,))

    assert guard_account(context, account(sid=None, several_sids=True), ()).level is Level.AMBIGUOUS
    assert guard_account(context, account("user03", sid=None), ()).level is Level.AMBIGUOUS


@pytest.mark.parametrize(
    ("name", "sid"),
    [
        ("CORP\\krbtgt", None),
        ("CORP\\krbtgt_1234", None),
        ("CORP\\MSOL_0123abcd", None),
        ("CORP\\Administrator", None),
        ("CORP\\renamed", "S-1-5-21-1-2-3-500"),
        ("CORP\\renamed", "S-1-5-21-1-2-3-502"),
        ("CORP\\AZUREADSSOACC$", None),
    ],
)
def test_t_act_2_accounts_the_domain_depends_on_are_guarded(name, sid):
    assert guard_account(site(accounts=(KNOWN,)), account(name, sid=sid), ()).level is Level.PROTECTED


@pytest.mark.parametrize("purpose", ["break-glass", "Emergency access", "directory sync to the cloud"])
def test_t_act_2_a_purpose_can_guard_an_account(purpose):
    context = site(accounts=(AccountPurpose("CORP\\user03", purpose=purpose),))

    assert guard_account(context, account(), ()).level is Level.PROTECTED


def test_t_act_2_a_machine_account_is_guarded_like_its_host():
    context = site(Asset("dc01.corp.example", role="dc"), accounts=(KNOWN,))

    assert guard_account(context, account("CORP\\DC01$"), ()).level is Level.PROTECTED
    assert guard_account(context, account("CORP\\WS99$"), ()).level is Level.UNKNOWN


def test_an_account_of_a_site_that_lists_accounts_is_open():
    assert guard_account(site(accounts=(KNOWN,)), account(), ()).is_open


def test_the_built_in_administrator_of_one_host_is_guarded_like_that_host():
    context = site(Asset("srv01", role="server"), accounts=(KNOWN,))
    local = account("SRV01\\Administrator", sid="S-1-5-21-9-9-9-500", local=True)

    assert guard_account(context, local, ()).is_open


@pytest.mark.parametrize(
    ("address", "level"),
    [
        ("10.0.0.1", Level.PROTECTED),
        ("10.0.0.50", Level.PROTECTED),
        ("10.0.0.7", Level.OPEN),
        ("10.0.0.8", Level.UNKNOWN),
        ("203.0.113.9", Level.OPEN),
    ],
)
def test_t_act_2_the_address_of_a_protected_host_is_not_blocked(address, level):
    context = site(
        Asset("dc01", addresses=("10.0.0.1",), role="dc"),
        Asset("ws07", addresses=("10.0.0.7",), role="workstation"),
        management=("10.0.0.50",),
    )

    assert guard_source(context, SourceTarget(address, NOT_JUDGED, (), ())).level is level


def test_what_protects_nothing_says_nothing():
    assert protects("host_role", "workstation") == ""


def scope_of_controller(address: str, asset: Asset | None = None) -> SourceTarget:
    """The source of a case whose domain controller, by its own logs, acted from 10.0.0.5."""
    scope = Case(coverage=coverage(channels=("Security", "Directory Service"))).respond().scope
    hosts = tuple(replace(item, addresses=("10.0.0.5",)) for item in scope.hosts)
    scope = replace(scope, hosts=hosts, sources=(SourceTarget(address, NOT_JUDGED, (), ()),))
    return guarded(scope, site(asset) if asset else Context()).sources[0]


def test_t_act_2_the_address_a_domain_controller_acted_from_is_guarded_without_any_context():
    found = scope_of_controller("10.0.0.5")

    assert found.guard.level is Level.PROTECTED
    assert "acted from it" in found.guard.why


def test_t_act_1_a_claimed_name_does_not_protect_an_address_that_the_inventory_gives_to_no_such_host():
    asset = Asset("srv01.corp.example", addresses=("10.0.0.99",), role="dc")
    other = Asset("ws07.corp.example", addresses=("10.0.0.98",), role="dc")
    scope = Case(context=site(asset, other)).respond().scope

    assert [item.guard.level for item in scope.sources] == [Level.UNKNOWN]


def test_t_act_1_a_name_with_two_backslashes_is_ambiguous():
    context = site(accounts=(KNOWN,))

    assert guard_account(context, account("CORP\\a\\user03"), ()).level is Level.AMBIGUOUS
