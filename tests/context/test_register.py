"""Claims about when a known-good entry applies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from magistrate.context.model import Asset, Context, KnownGood
from magistrate.context.register import Use, entry_failures, matching_entries

ENTRY = KnownGood(
    id="KG-1", purpose="discovery", account_sid="S-1-5-21-1-2-3-4", account_name="CORP\\svc", sources=("10.1.5.20",),
    target_role="server", exclude_tags=("tier0",), parent="WmiPrvSE.exe", shape="sc config remoteregistry start= demand",
    hours="22:00-05:00 Europe/Berlin", owner="team", approved_by="lead", expires=date(2026, 3, 2),
)  # fmt: skip
CONTEXT = Context(
    source="site.yml", register=(ENTRY,), assets=(Asset("srv1", role="server"), Asset("dc1", role="server", tags=("tier0",)))
)  # fmt: skip
USE = Use(
    host="srv1", utc=datetime(2026, 3, 2, 2, tzinfo=UTC), account_sid="S-1-5-21-1-2-3-4", source_ip="10.1.5.20",
    parent=r"C:\Windows\System32\wbem\WmiPrvSE.exe", command="sc.exe config RemoteRegistry start= demand",
)  # fmt: skip


def test_an_entry_applies_when_everything_holds():
    assert matching_entries(CONTEXT, USE) == (ENTRY,)


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"account_sid": "S-1-5-21-1-2-3-5", "account": "CORP\\svc"}, ("account",)),
        ({"account_sid": None}, ("account",)),
        ({"source_ip": "10.9.3.77"}, ("source",)),
        ({"source_ip": None}, ("source",)),
        ({"host": "dc1"}, ("target",)),
        ({"host": "unlisted"}, ("target",)),
        ({"parent": "services.exe"}, ("parent",)),
        ({"parent": None}, ("parent",)),
        ({"command": None}, ("shape",)),
        ({"utc": datetime(2026, 3, 2, 12, tzinfo=UTC)}, ("hours",)),
        ({"utc": datetime(2026, 3, 3, 2, tzinfo=UTC)}, ("expired",)),
        ({"utc": None}, ("hours", "expired")),
        ({"source_ip": "10.9.3.77", "command": "x"}, ("source", "shape")),
    ],
)
def test_an_entry_names_each_condition_that_fails(change, failed):
    assert entry_failures(CONTEXT, ENTRY, replace(USE, **change)) == failed


def test_a_name_counts_only_where_the_record_has_no_sid():
    assert entry_failures(CONTEXT, ENTRY, replace(USE, account_sid=None, account="corp\\SVC")) == ()


def test_the_day_of_expiry_is_the_last_valid_day():
    assert entry_failures(CONTEXT, ENTRY, replace(USE, utc=datetime(2026, 3, 2, 23, 59, tzinfo=UTC))) == ()
