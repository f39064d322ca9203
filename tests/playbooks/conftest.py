from __future__ import annotations

import shutil
from importlib import resources
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the T1047 playbook to spoil."""
    target = tmp_path / "t1047"
    with resources.as_file(resources.files("magistrate.playbooks") / "t1047") as source:
        shutil.copytree(source, target)
    return target
