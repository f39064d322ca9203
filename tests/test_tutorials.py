"""Every session of the start page and of the tutorials runs on the bundled evidence and prints what the page shows."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from magistrate.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / "index.md", *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]
BLOCK = re.compile(r"```(console|yaml)\n(.*?)```", re.DOTALL)
INVESTIGATE = "magistrate investigate scenarios/demo/logs --context scenarios/demo/context.yml -o case"

pytestmark = pytest.mark.xdist_group("tutorials")


def sessions(page: Path) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The commands of a page, each with the lines shown below it, and the rules that it has the reader save."""
    found: list[tuple[str, list[str]]] = []
    rules = []
    for kind, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "yaml":
            rules.append(block)
            continue
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line.strip())
    return found, rules


@pytest.fixture(scope="module")
def investigated(tmp_path_factory):
    """The one investigation that every page begins with: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "scenarios").symlink_to(ROOT / "scenarios")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "80")
        from contextlib import redirect_stdout
        from io import StringIO

        with redirect_stdout(StringIO()) as printed:
            code = main(shlex.split(INVESTIGATE)[1:])

    assert code == 0
    return folder, printed.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_sessions_of_the_page_print_what_it_shows(page, investigated, tmp_path, monkeypatch, capsys):
    folder, printed = investigated
    commands, rules = sessions(page)
    shutil.copytree(folder / "case", tmp_path / "case")
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "rules").mkdir()
    for number, rule in enumerate(rules):
        (tmp_path / "rules" / f"{number}.yml").write_text(rule, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    missing = []
    for command, shown in commands:
        if command == INVESTIGATE:
            code, out = 0, printed
        else:
            code = main(shlex.split(command)[1:])
            out = "".join(capsys.readouterr())
        missing += [f"{command}: exit code {code}"] if code else []
        missing += [f"{command}: no line with {line!r}" for line in shown if line not in out]

    assert missing == []


def test_each_role_has_its_tutorial():
    assert {page.stem for page in PAGES} == {"index", "l1", "t2", "responder", "lead", "rule-author"}
