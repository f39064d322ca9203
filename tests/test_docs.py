"""Documentation is in step with the program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import rich_click as click

from magistrate import __version__
from magistrate.cli import main
from magistrate.cli.commands import COMMANDS, load_command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SESSION = re.compile(
    r"(?P<head>```console\n\$ (?P<command>magistrate investigate scenarios[^\n]+)\n)(?P<output>.*?)(?P<tail>```)",
    re.DOTALL,
)


def _commands(text: str) -> list[list[str]]:
    """Words of each `magistrate ...` line in code blocks and code spans, comments and prompts left out."""
    lines = [
        line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    lines += re.findall(r"`(magistrate [^`\n]+)`", text)
    found = []
    for line in lines:
        words = re.sub(r"\[[^\]]*\]", "", line.strip().removeprefix("$ ").split("#")[0]).split()
        if words[:1] == ["magistrate"]:
            found.append(words[1:])
    return found


def _problems(words: list[str]) -> list[str]:
    names = {name: module for name, module, _ in COMMANDS}
    plain = [word for word in words if not word.startswith("-")]
    if not plain:
        return []
    if plain[0] not in names:
        return [f"no command {plain[0]}"]
    command = load_command(names[plain[0]], plain[0])
    if isinstance(command, click.Group) and len(plain) > 1:
        if plain[1] in command.commands:
            command = command.commands[plain[1]]
        elif not plain[1].isupper():  # COMMAND in a usage line stands for any of them
            return [f"no command {plain[0]} {plain[1]}"]
    known = {option for item in command.params for option in (*item.opts, *item.secondary_opts)} | {
        "--help",
        "-h",
    }
    return [
        f"{plain[0]} has no option {word}" for word in words if word.startswith("-") and word not in known
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_in_the_docs_exists(page: Path) -> None:
    found = [problem for words in _commands(page.read_text(encoding="utf-8")) for problem in _problems(words)]

    assert found == []


def test_the_readme_shows_every_command() -> None:
    shown = {words[0] for words in _commands(README) if words}

    assert {name for name, *_ in COMMANDS} - shown == set()


def test_the_session_in_the_readme_is_real(tmp_path, monkeypatch, capfd, request) -> None:
    words = SESSION.search(README)["command"].split()
    case = words[words.index("-o") + 1]
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    code = main([str(tmp_path / "case") if word == case else word for word in words[1:]])

    assert code == 0  # before anything is written: a failed run must not empty the README

    printed = capfd.readouterr().out.replace(str(tmp_path / "case"), case)
    if request.config.getoption("--update-golden"):
        text = SESSION.sub(lambda found: f"{found['head']}{printed}{found['tail']}", README, count=1)
        (ROOT / "README.md").write_text(text, encoding="utf-8")
        return

    # every change of content changes the hash of the case, and a README that says another one is still right
    shown = [
        re.sub(r"case hash [0-9a-f]{16}", "case hash", text)
        for text in (SESSION.search(README)["output"], printed)
    ]

    assert shown[0] == shown[1]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 120


def test_the_reference_is_in_step() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [name for name in targets if "://" not in name and not (page.parent / name).exists()]

    assert broken == []


def test_every_file_that_the_contributing_guide_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = re.findall(r"`((?:src|tests|docs|scenarios|benchmarks)/[^`<>*\s]+)`", text)

    assert len(names) > 10
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_changelog_has_an_entry_for_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## \[(?:{re.escape(__version__)}|Unreleased)\]", text, re.MULTILINE)


def test_make_targets_named_in_the_docs_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:`|^\$ )make ([a-z]+)\b", text, re.MULTILINE))

    assert {"demo", "test", "check"} <= named
    assert named - targets == set()
