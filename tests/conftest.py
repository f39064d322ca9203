"""Fixtures for every test: the public recordings, the hostile inputs, golden files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite golden files; review the diff like code"
    )


@pytest.fixture(autouse=True, scope="session")
def _own_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled rules are kept below the user's cache folder; tests must not fill it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden is refused in CI: golden files are changed by people.")


def _folder(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} is not set")
    folder = Path(path)
    if not folder.is_dir():
        pytest.fail(f"{variable} names {path}, which is not a folder")
    return folder


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of the public recordings; the test is skipped where MAGISTRATE_CORPUS is not set."""
    return _folder("MAGISTRATE_CORPUS")


@pytest.fixture(scope="session")
def hostile() -> Path:
    """Folder of the hostile inputs; the test is skipped where MAGISTRATE_HOSTILE is not set."""
    return _folder("MAGISTRATE_HOSTILE")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file; `--update-golden` rewrites the file instead."""
    update = request.config.getoption("--update-golden")

    def compare(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            return
        if not path.is_file():
            pytest.fail(f"{path.name} is missing; run with --update-golden and review it")
        expected = path.read_bytes().decode("utf-8")

        assert expected == text

    return compare
