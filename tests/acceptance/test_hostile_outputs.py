"""Attack strings through every output: inert for people, exact in JSON (threat model T-OUT-1 to T-OUT-7)."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from acceptance import inertness
from magistrate.cli import main
from magistrate.report.export_formats import find_formats
from magistrate.report.read_view import read_view
from magistrate.report.sheet import Sheet
from magistrate.report.view import SignalView
from report.browser import browser, visited
from report.cacao import faults as cacao_faults
from report.powershell import parses

if TYPE_CHECKING:
    from pathlib import Path

    from magistrate.report.view import View

HOST, PROVIDER = "ws01.corp.example", r"C:\Windows\System32\wbem\WmiPrvSE.exe"
SYSMON, SECURITY = "Microsoft-Windows-Sysmon/Operational", "Security"
FORMATS = {item.name: item for item in find_formats().values() if item.render}
LONGEST = 1_000  # the one string of 40,000 characters is left to the tests of the readers
VIEWS = ("timeline", "tree", "graph", "explain", "case show")


@pytest.fixture(scope="module")
def attacks(hostile: Path) -> dict[str, str]:
    """Every attack string by its name."""
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").split("\n")
    records = [json.loads(line) for line in lines if line.strip()]
    return {record["CanaryName"]: record["CommandLine"] for record in records}


def _records(number: int, text: str) -> list[dict[str, object]]:
    """One string as command line, account, source host, event filter and consumer."""
    moment = f"2026-03-02T10:{number % 60:02}:"
    base = {"Computer": HOST, "EventRecordID": number * 4 + 1}
    logon = hex(0x10000 + number)
    return [
        {**base, "@timestamp": f"{moment}00Z", "Channel": SECURITY, "EventID": 4624, "TargetLogonId": logon,
         "TargetUserName": text, "TargetDomainName": "CORP", "TargetUserSid": f"S-1-5-21-1-2-3-{1104 + number}",
         "LogonType": 3, "IpAddress": f"10.0.5.{number + 1}", "WorkstationName": text,
         "AuthenticationPackageName": "NTLM"},
        {**base, "EventRecordID": number * 4 + 2, "@timestamp": f"{moment}01Z", "Channel": SYSMON, "EventID": 1,
         "Image": r"C:\Windows\System32\cmd.exe", "CommandLine": text, "ParentImage": PROVIDER,
         "User": f"CORP\\{text}", "LogonId": logon, "ProcessId": 4000 + number},
        {**base, "EventRecordID": number * 4 + 3, "@timestamp": f"{moment}02Z", "Channel": SYSMON, "EventID": 19,
         "EventType": "WmiFilterEvent", "Operation": "Created", "User": f"CORP\\{text}", "Name": text,
         "Query": text, "EventNamespace": "root\\cimv2"},
        {**base, "EventRecordID": number * 4 + 4, "@timestamp": f"{moment}03Z", "Channel": SYSMON, "EventID": 20,
         "EventType": "WmiConsumerEvent", "Operation": "Created", "User": f"CORP\\{text}", "Name": text,
         "Type": "Command Line", "Destination": text},
    ]  # fmt: skip


def _file_name(number: int, text: str) -> str:
    """The string as far as a file system takes it."""
    kept = text.encode("utf-8", "ignore").replace(b"/", b"_").replace(b"\x00", b"_")[:120]
    return f"{kept.decode('utf-8', 'ignore')}{number}.ndjson"


@pytest.fixture(scope="module")
def made(attacks: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A case whose records and file names carry every string, and what the terminal said while it was made."""
    root = tmp_path_factory.mktemp("hostile")
    logs = root / "logs"
    logs.mkdir()
    for number, text in enumerate(attacks.values()):
        lines = [json.dumps(record) for record in _records(number, text)]
        (logs / _file_name(number, text)).write_text("\n".join(lines), encoding="utf-8")
    said = StringIO()
    with redirect_stdout(said):
        assert main(["investigate", str(logs), "-o", str(root / "case"), "--jobs", "1"]) == 0
    return root / "case", said.getvalue()


@pytest.fixture(scope="module")
def view(made: tuple[Path, str], attacks: dict[str, str]) -> View:
    """The case with every string also as the title of a signal and as a cell of a sheet."""
    whole = read_view(made[0])
    texts = tuple(attacks.values())
    sheet = Sheet(
        "attacks", texts[0], texts[1], ("As recorded",), tuple((text,) for text in texts), ((),) * len(texts)
    )
    signals = tuple(
        SignalView(
            f"sig-{number}",
            text,
            text,
            text,
            "high",
            "T1110",
            text,
            HOST,
            None,
            None,
            text,
            text,
            1,
            (),
            "sigma",
        )
        for number, text in enumerate(texts)
    )
    return replace(whole, sheets=(*whole.sheets, sheet), signals=(*whole.signals, *signals))


def _printed(*words: object) -> str:
    out = StringIO()
    with redirect_stdout(out):
        main([*map(str, words)])
    return out.getvalue()


def _export_faults(suffix: str, text: str) -> list[str]:
    """Faults of an export by its kind; a kind that is new here must be given its checker."""
    if suffix in (".json", ".jsonl", ".ndjson"):
        for line in text.split("\n") if suffix != ".json" else [text]:
            if line.strip():
                json.loads(line)
        return []
    checkers = {
        ".html": inertness.html_faults,
        ".md": inertness.markdown_faults,
        ".csv": inertness.csv_faults,
        ".txt": inertness.text_faults,
    }
    return checkers[suffix](text)


@pytest.mark.parametrize("name", sorted(name for name in FORMATS if name != "pdf"))
def test_t_out_every_export_is_inert(view: View, name: str) -> None:
    rendered = FORMATS[name].render(view)
    text = rendered if isinstance(rendered, str) else rendered.decode("utf-8")

    assert _export_faults(FORMATS[name].suffix, text) == []


@pytest.mark.parametrize("name", ["report.html", "report.md", "timeline.csv"])
def test_t_out_every_report_of_the_case_folder_is_inert(made: tuple[Path, str], name: str) -> None:
    text = (made[0] / name).read_bytes().decode("utf-8")

    assert _export_faults(f".{name.rpartition('.')[2]}", text) == []


def test_t_out_the_summary_on_the_terminal_is_inert(made: tuple[Path, str]) -> None:
    assert made[1].strip()
    assert inertness.text_faults(made[1]) == []


@pytest.mark.parametrize("name", VIEWS)
def test_t_out_every_view_on_the_terminal_is_inert(made: tuple[Path, str], name: str) -> None:
    text = _printed(*name.split(), made[0])

    assert text.strip()
    assert inertness.text_faults(text) == []


def test_t_out_a_record_on_the_terminal_is_inert(made: tuple[Path, str], view: View) -> None:
    found = {record.id for story in view.stories for record in story.evidence}
    text = "".join(_printed("show", made[0], name) for name in sorted(found)[:3])

    assert text.strip()
    assert inertness.text_faults(text) == []


def test_t_out_the_hand_over_is_inert(made: tuple[Path, str]) -> None:
    text = _printed("export", made[0], "--format", "handover")

    assert "# Shift hand-over" in text
    assert inertness.markdown_faults(text) == []


def test_t_out_the_plan_is_inert_in_every_form(made: tuple[Path, str]) -> None:
    forms = {name: _printed("plan", made[0], "--format", name) for name in ("md", "json", "ps1", "cacao")}

    assert inertness.markdown_faults(forms["md"]) == []
    assert json.loads(forms["json"])["case_hash"]
    assert parses(forms["ps1"])
    assert inertness.text_faults(forms["ps1"]) == []
    assert cacao_faults(json.loads(forms["cacao"])) == []


def test_t_out_every_string_comes_back_exactly_from_json(
    made: tuple[Path, str], attacks: dict[str, str]
) -> None:
    wanted = [text for name, text in attacks.items() if name != "secret" and len(text) <= LONGEST]
    document = json.loads((made[0] / "verdict.json").read_bytes())

    assert inertness.json_faults([document], wanted) == []


def test_t_out_1_the_page_does_nothing_in_a_browser(made: tuple[Path, str]) -> None:
    with browser() as chromium, visited(chromium, made[0] / "report.html") as (_, visit):
        assert (visit.requests, visit.console, visit.dialogs, visit.scripts) == ((), (), (), 0)


SAFE_PAGE = "<html><head><meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\"></head><body><h1>x</h1>{}</body></html>"


@pytest.mark.parametrize(
    ("checker", "frame", "unsafe"),
    [
        (inertness.html_faults, SAFE_PAGE, "<script>fetch('//x')</script>"),
        (inertness.html_faults, SAFE_PAGE, '<p title="" onmouseover=alert(1) x="">a</p>'),
        (inertness.html_faults, SAFE_PAGE, "</td></tr></table><h1>Case closed</h1>"),
        (inertness.html_faults, SAFE_PAGE, "<p style='color:red'>a</p>"),
        (inertness.html_faults, SAFE_PAGE, "<!-- a -->"),
        (inertness.html_faults, SAFE_PAGE, "<a href='javascript:alert(1)'>a</a>"),
        (
            inertness.markdown_faults,
            "text\n\n{}\n",
            "[Case report](javascript:alert(1))[x](http://x.example)",
        ),
        (inertness.markdown_faults, "text\n\n{}\n", "![x](http://x.example/a.png)"),
        (inertness.markdown_faults, "text\n\n{}\n", "<svg onload=alert(1)>"),
        (inertness.markdown_faults, "text\n\n{}\n", "# Verdict: CLOSE - benign"),
        (inertness.markdown_faults, "```text\n{}\n```\n", "a\n```\n# Verdict: CLOSE - benign\n```"),
        (inertness.csv_faults, '"head"\n"{}"\n', "=1+1"),
        (inertness.csv_faults, '"head"\n"{}"\n', " \ufeff=1+1"),
        (inertness.csv_faults, '"head"\n"{}"\n', "\uff1d1+1"),
        (inertness.csv_faults, '"head"\n"{}"\n', 'a","b'),
        (inertness.text_faults, "said: {}\n", "\x1b]0;pwned\x07"),
        (inertness.text_faults, "said: {}\n", "C:\\x\\\u202egpj.exe"),
        (inertness.text_faults, "said: {}\n", "w\u200bmic.exe"),
        (inertness.text_faults, "said: {}\n", "ok\n2024-03-10T07:00:00Z INFO analyst=lead decision=close"),
    ],
)
def test_each_checker_sees_an_unsafe_output(checker, frame: str, unsafe: str) -> None:
    assert checker(frame.format("harmless")) == []
    assert checker(frame.format(unsafe)) != []


def test_the_json_checker_sees_a_changed_string() -> None:
    assert inertness.json_faults([{"a": ["w<U+200B>mic"]}], ["w\u200bmic"]) == ["lost 'w\\u200bmic'"]
