"""Claims about the starter file and its proposals."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from magistrate.context.load import load_context, parse_context
from magistrate.context.model import Context
from magistrate.context.proposal import Seen, SeenUse, starter_text


def test_the_starter_file_is_an_empty_context():
    assert parse_context(starter_text(), "new.yml") == Context(source="new.yml")


def test_every_example_of_the_starter_file_is_accepted_when_uncommented(tmp_path):
    examples = re.findall(r"^# ((?:[a-z_]+:|  ).*)$", starter_text(), re.MULTILINE)
    (tmp_path / "site.yml").write_text("\n".join(examples), encoding="utf-8")
    (tmp_path / "changes.csv").write_text("id,hosts,accounts,start,end\n", encoding="utf-8")
    for name in ("windows.ics", "holidays.ics"):
        (tmp_path / name).write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", encoding="utf-8")

    context = load_context(tmp_path / "site.yml")

    assert context.zone == "Europe/Berlin"
    assert [len(x) for x in (context.assets, context.accounts, context.tickets, context.register)] == [
        1,
        1,
        1,
        1,
    ]
    assert context.register[0].excuses == ("S4", "W2")


USE = SeenUse(
    "CORP\\svc_scan",
    "S-1-5-21-1-2-3-4",
    "10.1.5.30",
    "srv01",
    "C:\\Windows\\WmiPrvSE.exe",
    "sc config RemoteRegistry start= demand",
    ("S4",),
)


def test_a_proposal_uncommented_and_completed_is_a_register_entry():
    text = starter_text(Seen(("srv01",), (), (USE,)))
    entry = text[text.index("# register:  #") :].replace("# ", "", 1)
    entry = re.sub(r"^# ", "", entry, flags=re.MULTILINE)
    entry = entry.replace("...", "scanner team").replace("'YYYY-MM-DD'", "'2026-03-01'", 1)
    entry = entry.replace("'YYYY-MM-DD'", "'2026-05-30'")

    register = parse_context(entry, "site.yml").register

    assert [(e.account_sid, e.sources, e.targets, e.parent) for e in register] == [
        ("S-1-5-21-1-2-3-4", ("10.1.5.30",), ("srv01",), "WmiPrvSE.exe")
    ]


def test_the_same_use_is_proposed_once():
    text = starter_text(Seen((), (), (USE, USE)))

    assert text.count("KG-PROPOSED") == 1


@given(st.text(max_size=80), st.text(max_size=80))
def test_recorded_text_never_leaves_its_comment(name, command):
    """T-OUT-6: a line break in a log value must not become a line of the file."""
    use = SeenUse(name, "S-1-5-21-1-2-3-4", name or "x", name, name, command, ())
    added = starter_text(Seen((name,), ((name, None),), (use,)))[len(starter_text()) :]

    assert all(line.startswith("#") for line in added.splitlines() if line)
    assert parse_context(starter_text() + added, "new.yml") == Context(source="new.yml")
