from __future__ import annotations

import re
import subprocess
import sys

import pytest

from magistrate.cli.commands import COMMANDS, load_command

HEAVY = {"duckdb", "pyarrow", "pydantic", "jinja2", "evtx", "msgspec", "yaml", "multiprocessing"}


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from magistrate.cli import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "module", "summary"), COMMANDS, ids=[name for name, *_ in COMMANDS])
def test_the_summary_in_the_list_is_the_first_line_of_the_help(name: str, module: str, summary: str) -> None:
    help_text = load_command(module, name).help or ""

    assert help_text.split("\n\n")[0].replace("\n", " ").strip() == summary


@pytest.mark.parametrize(("name", "module"), [row[:2] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_every_option_of_every_command_has_help(name: str, module: str) -> None:
    command = load_command(module, name)
    options = [
        item.name
        for item in command.params
        if item.param_type_name == "option" and not getattr(item, "help", None)
    ]

    assert options == []


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from magistrate.cli import main; main(['--help']); "
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())

    assert loaded & HEAVY == set()


def test_help_lists_every_command() -> None:
    done = _run("--help")

    assert done.returncode == 0
    assert [name for name, *_ in COMMANDS if not re.search(rf"\b{name}\b", done.stdout)] == []


def test_help_of_a_command_is_that_of_the_real_command() -> None:
    assert "--exit-code" in _run("investigate", "--help").stdout


def test_version_names_program_and_version() -> None:
    assert re.fullmatch(r"magistrate \d+\.\d+\.\d+\S*\n", _run("--version").stdout)
