from __future__ import annotations

from dataclasses import replace

from magistrate.report.build import build_view
from magistrate.report.ticket_fields import bundle_digest, case_id, evidence_hash, shape_digest, ticket_fields
from report.sample_case import INTAKE, sample_case


def test_the_same_case_has_the_same_id() -> None:
    assert case_id(build_view(sample_case())) == case_id(build_view(sample_case()))


def test_two_runs_of_one_tool_have_one_shape() -> None:
    first = r"cmd.exe /Q /c whoami 1> \\127.0.0.1\ADMIN$\__1772446445.81 2>&1"

    assert shape_digest(first, ()) == shape_digest(first.replace("1772446445.81", "1772446999.4"), ())


def test_two_commands_have_two_shapes() -> None:
    assert shape_digest("whoami /all", ()) != shape_digest("whoami /groups", ())


def test_the_evidence_hash_does_not_depend_on_the_order_of_files() -> None:
    turned = replace(sample_case(), intake=replace(INTAKE, files=INTAKE.files[::-1]))

    assert evidence_hash(build_view(turned)) == evidence_hash(build_view(sample_case()))


def test_the_evidence_hash_is_made_as_the_record_of_the_case_makes_it() -> None:
    hashes = [item.sha256 for item in INTAKE.files]

    assert evidence_hash(build_view(sample_case())) == bundle_digest(hashes)


def test_every_field_of_the_practice_is_there() -> None:
    wanted = {
        "Title", "Case id", "Alert ids", "Event first", "Event last", "Triage start", "Triage end", "Severity",
        "Disposition", "Confidence", "Rule", "Techniques", "Target hosts", "Source", "Account", "Command shapes",
        "IOCs", "Coverage", "Unknowns", "Actions", "Owner", "Override", "Exceptions", "Evidence bundle SHA-256",
    }  # fmt: skip

    assert wanted - set(ticket_fields(build_view(sample_case()))) == set()


def test_an_exception_that_was_used_is_named() -> None:
    assert ticket_fields(build_view(sample_case()))["Exceptions"] == ("KG-014",)
