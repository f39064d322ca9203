"""Claims about what the context says of one name."""

from __future__ import annotations

from datetime import UTC, datetime

from magistrate.context.explain import explain_subject, explain_use
from magistrate.context.load import parse_context
from magistrate.context.model import Context
from magistrate.context.register import Use

CONTEXT = parse_context(
    r"""
zone: Europe/Berlin
management: [ms01]
own_networks: [198.51.100.0/24]
assets:
  - {name: ms01, addresses: [10.1.5.20], role: server, tier: 1, tags: [infra]}
accounts:
  - {name: 'CORP\svc_scan', sid: S-1-5-21-1-2-3-4, purpose: scanner, sources: [10.1.5.20]}
tickets:
  - {id: CHG1, hosts: [ms01], accounts: ['CORP\adm'], start: 2026-03-02T08:00:00Z, end: 2026-03-02T09:00:00Z}
register:
  - id: KG-1
    purpose: scan
    account_sid: S-1-5-21-1-2-3-4
    sources: [10.1.5.20]
    shape: 'sc config remoteregistry start= demand'
    owner: scanner team
    approved_by: lead
    expires: 2026-12-31
""",
    "site.yml",
)
MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def said(subject: str, at: datetime | None = None) -> str:
    return "\n".join(explain_subject(CONTEXT, subject, at))


def test_an_address_is_explained_through_its_asset():
    text = said("10.1.5.20", MORNING)

    assert "is the asset ms01: role server, tier 1" in text
    assert "is a management server" in text
    assert "inside working hours in Europe/Berlin" in text
    assert "register entry KG-1" in text


def test_an_account_is_explained_by_name_and_by_sid():
    assert "scanner" in said("CORP\\svc_scan")
    assert "scanner" in said("S-1-5-21-1-2-3-4")


def test_a_ticket_counts_at_its_time_only():
    assert "CHG1" in said("CORP\\adm", MORNING)
    assert "CHG1" not in said("CORP\\adm", MORNING.replace(hour=12))


def test_an_own_public_address_is_inside():
    assert "in your own networks" in said("198.51.100.7")
    assert "public and not yours" in said("203.0.113.7")


def test_an_unknown_name_says_where_to_add_it():
    assert said("ws99") == (
        "The context says nothing about ws99. Add it under assets, accounts, management or own_networks."
    )


def test_a_use_names_the_conditions_that_fail():
    use = Use(
        "srv",
        MORNING,
        "S-1-5-21-1-2-3-4",
        source_ip="10.9.9.9",
        command="sc config RemoteRegistry start= demand",
    )

    assert explain_use(CONTEXT, use) == ("KG-1 (site.yml:12) does not apply: source.",)
    assert explain_use(Context(), use) == ("The register is empty.",)
