from __future__ import annotations

import re

from magistrate.cases.program import program_digest


def test_a_build_has_one_digest() -> None:
    assert re.fullmatch("[0-9a-f]{64}", program_digest())
    assert program_digest() == program_digest()
