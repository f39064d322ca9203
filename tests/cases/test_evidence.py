from __future__ import annotations

import json

import pytest

from magistrate.cases.evidence import find_evidence
from magistrate.errors import UsageError

pytestmark = pytest.mark.xdist_group("cases")


@pytest.fixture(scope="module")
def cited(finished) -> str:
    lines = (finished / "case" / "cited.jsonl").read_text().splitlines()
    return json.loads(lines[0])["evidence_id"]


@pytest.mark.parametrize("digits", [16, 10])
def test_a_record_is_found_by_its_id_or_the_start_of_it(finished, cited, digits) -> None:
    assert find_evidence(finished / "case", f" {cited[:digits].upper()} ") == cited


@pytest.mark.parametrize("named", ["0123456789abcdef", "abc", "%", "' OR 1=1 --"])
def test_what_is_no_record_of_the_case_is_refused(finished, named) -> None:
    with pytest.raises(UsageError, match=r"no record of this case|4 to 16 hexadecimal"):
        find_evidence(finished / "case", named)
