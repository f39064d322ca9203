"""Claims about what a sound context file still leaves open."""

from __future__ import annotations

from datetime import date

from magistrate.context.advice import advise
from magistrate.context.load import parse_context

TODAY = date(2026, 3, 1)
WHOLE = """
zone: UTC
management: [10.1.5.20]
own_networks: [10.0.0.0/8]
responders: [ir01]
assets:
  - {name: dc01, role: dc, tier: 0}
register:
  - id: KG-1
    purpose: scan
    account_sid: S-1-5-21-1-2-3-4
    sources: [10.1.5.30]
    shape: 'sc config remoteregistry start= demand'
    owner: scanner team
    approved_by: lead
    approved: 2026-02-01
    expires: 2026-12-31
"""


def advice(text: str) -> str:
    return "\n".join(advise(parse_context(text, "site.yml"), TODAY))


def test_a_whole_file_needs_no_advice():
    assert advice(WHOLE) == ""


def test_an_empty_file_is_told_each_thing_it_leaves_unknown():
    text = advice("")

    assert all(
        key in text for key in ("zone", "register", "management", "own_networks", "responders", "tier 0")
    )


def test_an_expired_and_a_soon_expiring_entry_are_named_with_their_line():
    assert "site.yml:9: KG-1 expired 59 days ago" in advice(
        WHOLE.replace(
            "approved: 2026-02-01\n    expires: 2026-12-31", "approved: 2025-12-01\n    expires: 2026-01-01"
        )
    )
    assert "expires in 30 days" in advice(WHOLE.replace("2026-12-31", "2026-03-31"))


def test_an_entry_that_can_never_apply_is_named():
    assert "which no asset has" in advice(
        WHOLE.replace("    shape:", "    targets: {role: server}\n    shape:")
    )


def test_a_source_name_without_address_is_named():
    assert "can claim any name" in advice(WHOLE.replace("[10.1.5.30]", "[scan01]"))


def test_a_tier_0_management_server_is_named():
    assert "tier 0 and a management server" in advice(WHOLE.replace("[10.1.5.20]", "[dc01]"))
