"""Claims about reading the context file."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from magistrate.context.load import load_context, parse_context
from magistrate.context.model import AccountPurpose, Asset, Context, KnownGood, Ticket
from magistrate.errors import PlaybookError, UsageError

FULL = r"""
zone: Europe/Berlin
business_hours: 08:00-18:00
business_days: [mon, tue, wed, thu, fri, sat]
holidays: [2026-12-25]
management: [ms01, 10.1.5.20]
own_networks: [10.0.0.0/8]
responders: ['CORP\ir1']
cold_start_waiver: Approved by the lead for the first month
assets:
  - name: srv1.corp.example
    addresses: [10.0.0.5]
    role: server
    tier: 1
    tags: [finance]
    zone: UTC
accounts:
  - name: CORP\svc_disc
    sid: S-1-5-21-1-2-3-2210
    purpose: discovery
    sources: [10.1.5.20]
tickets:
  - id: CHG1
    hosts: [srv1]
    accounts: ['CORP\svc_disc']
    start: 2026-03-02T08:00:00Z
    end: 2026-03-02T12:00:00+02:00
register:
  - id: KG-014
    purpose: discovery
    account_sid: S-1-5-21-1-2-3-2210
    sources: [10.1.5.20, 10.1.5.21]
    targets: {role: server, exclude_tags: [tier0]}
    parent: WmiPrvSE.exe
    shape: 'cmd /c <any> > \\<host>\admin$\temp\psscript_output_<guid>.txt'
    hours: 01:00-05:00 Europe/Berlin
    excuses: [S4, S5, W2, D2-scoped]
    owner: cmdb-team
    ticket: CHG0031187
    approved_by: lead
    approved: 2026-02-01
    expires: 2026-12-31
"""

ENTRY = {
    "id": "KG-1",
    "purpose": "test",
    "account_sid": "S-1-5-21-1-2-3-4",
    "sources": "[10.0.0.1]",
    "shape": "'sc config remoteregistry start= demand'",
    "owner": "team",
    "approved_by": "lead",
    "expires": "2026-12-31",
}


def register(**changes):
    values = {key: value for key, value in (ENTRY | changes).items() if value is not None}
    return "register:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in values.items()) + "\n"


def test_every_key_is_read():
    context = parse_context(FULL, "site.yml")

    assert context == Context(
        source="site.yml",
        register=(
            KnownGood(
                id="KG-014", purpose="discovery", account_sid="S-1-5-21-1-2-3-2210",
                sources=("10.1.5.20", "10.1.5.21"), target_role="server", exclude_tags=("tier0",),
                parent="WmiPrvSE.exe", shape="cmd /c <any> > \\\\<host>\\admin$\\temp\\psscript_output_<guid>.txt",
                hours="01:00-05:00 Europe/Berlin", excuses=("S4", "S5", "W2", "D2-scoped"), owner="cmdb-team",
                ticket="CHG0031187", approved_by="lead", approved=date(2026, 2, 1), expires=date(2026, 12, 31),
                location="site.yml:29",
            ),
        ),
        management=("ms01", "10.1.5.20"),
        assets=(Asset("srv1.corp.example", ("10.0.0.5",), "server", 1, ("finance",), "UTC"),),
        accounts=(AccountPurpose("CORP\\svc_disc", "S-1-5-21-1-2-3-2210", "discovery", None, (), ("10.1.5.20",)),),
        tickets=(
            Ticket(
                "CHG1", ("srv1",), ("CORP\\svc_disc",), datetime(2026, 3, 2, 8, tzinfo=UTC),
                datetime(2026, 3, 2, 10, tzinfo=UTC),
            ),
        ),
        own_networks=("10.0.0.0/8",),
        responders=("CORP\\ir1",),
        zone="Europe/Berlin",
        business_hours=(8, 18),
        business_days=(0, 1, 2, 3, 4, 5),
        holidays=(date(2026, 12, 25),),
        cold_start_waiver="Approved by the lead for the first month",
    )  # fmt: skip


def test_an_empty_file_is_a_context_without_knowledge():
    context = parse_context("# nothing yet\n", "site.yml")

    assert context == Context(source="site.yml")


def test_a_file_is_read_from_disk_and_named_without_its_folder(tmp_path):
    path = tmp_path / "site.yml"
    path.write_text("zone: UTC\n")

    assert load_context(path) == Context(source="site.yml", zone="UTC")


def test_a_missing_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        load_context(tmp_path / "none.yml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "site.yml"
    path.write_bytes(b"zone: \xff\xfe")

    with pytest.raises(PlaybookError, match="not UTF-8"):
        load_context(path)


def test_all_problems_are_reported_together_with_their_lines():
    with pytest.raises(PlaybookError) as caught:
        parse_context(
            "zone: Mars/Base\nassets:\n  - name: a\n    role: toaster\n    colour: red\n  - {}\n", "site.yml"
        )

    assert caught.value.message.splitlines()[1:] == [
        "  site.yml:1: zone: 'Mars/Base' is not a time zone; write one such as Europe/Berlin",
        "  site.yml:4: assets[0].role: Input should be 'unknown', 'workstation', 'server', 'dc', 'backup', 'pki' or 'management'",
        "  site.yml:5: assets[0].colour: is not a known key",
        "  site.yml:6: assets[1].name: is missing",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sources": None}, r"site\.yml:2: register\[0\]\.sources: is missing"),
        ({"sources": "[]"}, r"register\[0\]\.sources: must not be empty"),
        ({"sources": "['*']"}, "never all of them"),
        ({"sources": "[0.0.0.0/0]"}, "at most 256 addresses"),
        ({"expires": None}, r"register\[0\]\.expires: is missing"),
        ({"expires": "never"}, "must be a date"),
        ({"expires": "2027-06-01", "approved": "2026-01-01"}, "more than 365 days after 2026-01-01"),
        ({"shape": "'*'"}, "fits every command"),
        ({"shape": "<any>"}, "fits every command"),
        ({"shape": "wmic.exe"}, "names a program only"),
        ({"shape": r"'C:\Windows\System32\wbem\wmic.exe'"}, "names a program only"),
        ({"shape": "cmd.exe <any>"}, "names a program only"),
        ({"shape": "cmd /c <any>"}, "at least one argument"),
        ({"shape": "sc <nonsense> remoteregistry"}, "placeholder <nonsense> is unknown"),
        ({"excuses": "[D1]"}, "D1 cannot be excused"),
        ({"excuses": "[D2]"}, "D2-unscoped cannot be excused"),
        ({"excuses": "[D2-unscoped]"}, "D2-unscoped cannot be excused"),
        ({"excuses": "[D5]"}, "D5 cannot be excused"),
        ({"excuses": "[D7]"}, "D7 cannot be excused"),
        ({"excuses": "[D8]"}, "D8 cannot be excused"),
        ({"excuses": "[S99]"}, "not a finding that can be excused"),
        ({"account_sid": "svc_disc"}, "must be a SID"),
        ({"hours": "'01:00-05:00'"}, "hours need a zone"),
        ({"owner": "''"}, "must not be empty"),
        ({"approved_by": None}, r"register\[0\]\.approved_by: is missing"),
    ],
)
def test_a_register_entry_is_refused(changes, words):
    with pytest.raises(PlaybookError, match=words):
        parse_context(register(**changes), "site.yml")


def test_a_scoped_deletion_may_be_excused():
    (entry,) = parse_context(register(excuses="[D2-scoped]"), "site.yml").register

    assert entry.excuses == ("D2-scoped",)


def test_the_term_is_counted_from_the_given_day_when_there_is_no_approval_date():
    with pytest.raises(PlaybookError, match="more than 365 days after 2025-06-01"):
        parse_context(register(), "site.yml", today=date(2025, 6, 1))


def test_an_expired_entry_is_kept():
    context = parse_context(register(expires="2020-01-01"), "site.yml", today=date(2026, 1, 1))

    assert [entry.expires for entry in context.register] == [date(2020, 1, 1)]


def test_an_id_that_is_used_twice_is_refused():
    text = register() + register().removeprefix("register:\n")
    with pytest.raises(PlaybookError, match=r"site\.yml:10: register\[1\]: 'KG-1' is used twice"):
        parse_context(text, "site.yml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("business_hours: 19:00-07:00", "start before the end"),
        ("business_hours: 7", "written 07:00-19:00"),
        ("business_days: [monday]", "days are written"),
        ("own_networks: [10.0.0.1/8]", "not a network"),
        ("holidays: ['25.12.2026']", "must be a date"),
        ("management: ms01", "must be a list"),
        ("[1, 2]", "must hold keys and values"),
        ("tickets: [{id: C1, hosts: [a], accounts: [b], start: 2026-03-02T08:00:00Z, end: 2026-03-02T07:00:00Z}]", "end must lie after"),
        ("tickets: [{id: C1, hosts: [a], accounts: [b], start: '2026-03-02T08:00:00', end: 2026-03-02T09:00:00Z}]", "with its zone"),
        ("tickets: [{id: C1, kind: exercise, hosts: [a], accounts: [b], start: 2026-03-02T08:00:00Z, end: 2026-03-02T09:00:00Z}]", "needs approved_by"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(text, words):
    with pytest.raises(PlaybookError, match=words):
        parse_context(text + "\n", "site.yml")
