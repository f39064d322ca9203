"""The house rules that no linter knows: tests beside modules, no network, no writing outside the edges, no clock."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "magistrate"
TESTS = ROOT / "tests"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")

# Folders whose generic test finds every module by itself. The tests named here must exist.
GENERIC = {
    "answers/approaches": "answers/test_examples.py",
    "detections/methods": "detections/test_indicators.py",
    "report/exporters": "report/exporters/test_exporters.py",
    "sources/dialects": "sources/dialects/test_dialects.py",
    "sources/readers": "sources/readers/test_readers.py",
}
NETWORK = {"aiohttp", "asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "socketserver", "ssl",
           "telnetlib", "urllib3", "webbrowser", "xmlrpc"}  # fmt: skip
# Where files are written: the store, what intake puts into it, reports, the case folder.
EDGES = ("store/", "sources/", "history/file.py", "cases/", "cli/", "report/write.py", "investigation.py")
WRITING = {
    "write_text",
    "write_bytes",
    "unlink",
    "rmtree",
    "mkdir",
    "touch",
    "rmdir",
    "symlink_to",
    "hardlink_to",
}
# What would make two runs differ. Deadlines of workers and seconds shown by `evaluate` never reach a verdict.
UNSTABLE = {"now", "utcnow", "today", "time_ns", "uuid1", "uuid4", "urandom", "randint", "shuffle", "choice"}
# `evaluate` times cases; `context check` judges by the day whether an entry has lapsed; the record of a case says when
# something was done, and a new case gets an id. None of these is part of a verdict.
CLOCK_ALLOWED = {"cli/evaluate.py", "cli/context.py", "cases/clock.py"}
# Modules longer than 400 lines, each with its reason.
LONG: dict[str, str] = {}


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{item.name}" for item in node.names)


def _calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield getattr(function, "attr", getattr(function, "id", "")), node


def _holds_only_types(tree: ast.Module) -> bool:
    """No function of its own: dataclasses, enumerations, protocols and what belongs to them."""
    return not any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in tree.body)


def _has_own_test(path: Path) -> bool:
    name = Path(_name(path))
    generic = GENERIC.get(name.parent.as_posix())
    own = TESTS / name.parent / f"test_{path.name}"
    return own.is_file() or (generic is not None and (TESTS / generic).is_file())


def _imported(path: Path, stage: str) -> set[Path]:
    """Files of a stage that a module or test imports; for a package its `__init__`."""
    names = [name for name in _imports(_tree(path)) if f"{name}.".startswith(f"magistrate.{stage}.")]
    bases = [SOURCE.parent / name.replace(".", "/") for name in names]
    files = {base.with_suffix(".py") for base in bases} | {base / "__init__.py" for base in bases}
    return {file for file in files if file.is_file()}


@cache
def _tested() -> frozenset[Path]:
    """Modules with a test of their own or of their folder, those that a test of their stage imports, and what these
    use inside their stage."""
    stages = {_name(path).split("/")[0].removesuffix(".py") for path in MODULES}
    open_ = [path for path in MODULES if _has_own_test(path)]
    for stage in stages:
        for test in (TESTS / stage).rglob("*.py"):
            open_ += _imported(test, stage)
    found = set()
    while open_:
        path = open_.pop()
        if path not in found:
            found.add(path)
            open_ += _imported(path, _name(path).split("/")[0].removesuffix(".py"))
    return frozenset(found)


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="groups matter to several workers only")
@pytest.mark.xdist_group("groups")
def test_the_workers_keep_the_tests_of_a_group_together(request):
    assert request.node.nodeid.endswith("@groups")


def test_every_module_is_tested_at_its_path_by_its_folder_or_through_its_user() -> None:
    untested = [
        _name(path) for path in MODULES if path not in _tested() and not _holds_only_types(_tree(path))
    ]

    assert untested == []


def test_every_generic_test_exists() -> None:
    missing = [name for name in GENERIC if not (SOURCE / name).is_dir()]
    missing += [name for name in GENERIC.values() if not (TESTS / name).is_file()]

    assert missing == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_module_can_reach_a_network(path: Path) -> None:
    names = set(_imports(_tree(path)))
    found = {name for name in names if name.split(".")[0] in NETWORK or name.startswith("urllib.request")}

    assert found == set()


@pytest.mark.parametrize("path", [p for p in MODULES if not _name(p).startswith(EDGES)], ids=_name)
def test_only_the_edges_write_files(path: Path) -> None:
    found = []
    for name, call in _calls(_tree(path)):
        modes = [
            item.value
            for item in (*call.args, *(word.value for word in call.keywords))
            if isinstance(item, ast.Constant)
        ]
        is_open = name == "open" and any(isinstance(mode, str) and set(mode) & set("wax+") for mode in modes)
        if name in WRITING or is_open:
            found.append(f"{name} in line {call.lineno}")

    assert found == []


@pytest.mark.parametrize("path", [p for p in MODULES if _name(p) not in CLOCK_ALLOWED], ids=_name)
def test_no_module_reads_a_clock_or_rolls_dice(path: Path) -> None:
    tree = _tree(path)
    found = sorted({name for name, _ in _calls(tree)} & UNSTABLE)
    found += sorted(set(_imports(tree)) & {"random", "secrets", "uuid"})

    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_module_runs_text_as_code(path: Path) -> None:
    tree = _tree(path)
    names = {name for name, call in _calls(tree) if isinstance(call.func, ast.Name)} & {
        "eval",
        "exec",
        "__import__",
    }

    assert names | (set(_imports(tree)) & {"pickle", "marshal", "shelve", "subprocess"}) == set()


def test_a_module_over_400_lines_has_a_reason() -> None:
    lines = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {name: number for name, number in lines.items() if number > 400 and name not in LONG} == {}


def test_data_flows_one_way() -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
