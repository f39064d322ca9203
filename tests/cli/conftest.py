from __future__ import annotations

from pathlib import Path

import pytest

from magistrate.cli import main

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "scenarios" / "demo" / "logs"


@pytest.fixture(scope="session")
def demo_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled evidence, investigated once; do not change it."""
    case = tmp_path_factory.mktemp("demo") / "case"
    code = main(
        [
            "investigate",
            str(DEMO),
            "-o",
            str(case),
            "--context",
            str(DEMO.parent / "context.yml"),
            "--jobs",
            "2",
        ]
    )

    assert code == 0
    return case
