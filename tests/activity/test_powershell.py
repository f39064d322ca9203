import base64
import time

import pytest

from magistrate.activity.command_line import script_features
from magistrate.activity.powershell import powershell_features


@pytest.mark.parametrize(
    "text",
    [
        "Get-WmiObject Win32_BIOS",
        "gwmi Win32_BIOS",
        "$x = Get-CimInstance -ClassName Win32_BIOS",
        "if (gcim Win32_BIOS) { 1 }",
        "1..3 | ForEach-Object { Get-WmiObject Win32_BIOS }",
        "G`et-Wm`iObject Win32_BIOS",
        "& ('Get-W' + 'miObject') Win32_BIOS",
        "&(\"{1}{0}\" -f 'miObject','Get-W') Win32_BIOS",
        "[wmisearcher]'select * from Win32_BIOS'",
        "(New-Object System.Management.ManagementObjectSearcher('select * from Win32_BIOS')).Get()",
        "function Get-It { Get-WmiObject Win32_BIOS }\nGet-It",
    ],
)
def test_a_call_is_found_in_any_spelling(text):
    found = powershell_features(text)

    assert found.is_wmi_client
    assert found.fact("ps.call") == "certain"


@pytest.mark.parametrize(
    "text",
    [
        "# Get-WmiObject Win32_BIOS",
        "<# Get-WmiObject Win32_BIOS #>",
        "$help = 'use Get-WmiObject Win32_BIOS'",
        "Set-Alias Get-Proxy Get-WMIRegProxy",
        "$PathToWmic = Get-Random -Input @('wmic','wmic.exe')",
        "param([CimSession[]] $CimSession)",
    ],
)
def test_a_name_in_a_comment_a_string_or_a_declaration_is_no_call(text):
    assert not powershell_features(text).is_wmi_client


@pytest.mark.parametrize(
    "text",
    [
        "function Get-It { Get-WmiObject Win32_BIOS }",
        "function Get-It { iex 'Get-WmiObject Win32_BIOS' }",
    ],
)
def test_a_call_in_an_uncalled_definition_is_only_possible(text):
    found = powershell_features(text)

    assert found.fact("ps.call") == "possible"


@pytest.mark.parametrize(
    ("text", "label", "operation"),
    [
        (
            "Invoke-WmiMethod -Class Win32_Process -Name Create -ArgumentList calc.exe",
            "ps-invoke-wmimethod",
            "process_create",
        ),
        ("([wmiclass]'Win32_Process').Create('calc.exe')", "ps-invoke-wmimethod", "process_create"),
        (
            "Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{CommandLine='calc.exe'}",
            "ps-invoke-wmimethod",
            "process_create",
        ),
        ("Get-WmiObject Win32_ShadowCopy | % { $_.Delete() }", "ps-shadowcopy-delete", "delete"),
        ("Get-CimInstance Win32_ShadowCopy | Remove-CimInstance", "ps-shadowcopy-delete", "delete"),
        (
            "Set-WmiInstance -Namespace root/subscription -Class __EventFilter -Arguments $a",
            "ps-wmi-subscription",
            "subscription",
        ),
        ("Get-WmiObject Win32_BIOS", "ps-wmi-local-query", "query"),
    ],
)
def test_a_call_gets_the_label_of_what_it_does(text, label, operation):
    found = powershell_features(text)

    assert label in found.methods
    assert found.operation == operation


@pytest.mark.parametrize(
    "text",
    [
        "Get-WmiObject Win32_BIOS -ComputerName srv1",
        "gwmi Win32_BIOS -cn srv1",
        "$c = 'srv1'; Get-WmiObject Win32_BIOS -ComputerName $c",
        "$s = New-CimSession -ComputerName srv1; Get-CimInstance Win32_BIOS -CimSession $s",
        r"[wmiclass]'\\srv1\root\cimv2:Win32_Process'",
    ],
)
def test_the_remote_computer_is_named(text):
    found = powershell_features(text)

    assert found.targets == ("srv1",)
    assert "ps-wmi-remote" in found.methods


def test_an_invoked_command_of_a_pipeline_record_is_certain():
    text = (
        'CommandInvocation(Get-WmiObject): "Get-WmiObject"\n'
        'ParameterBinding(Get-WmiObject): name="Class"; value="Win32_BIOS"\n'
        'ParameterBinding(Get-WmiObject): name="ComputerName"; value="srv1"\n'
    )

    found = script_features(text)

    assert found.fact("ps.call") == "certain"
    assert found.targets == ("srv1",)


def test_source_text_bound_to_a_parameter_is_no_call():
    text = (
        'CommandInvocation(Set-StrictMode): "Set-StrictMode"\n'
        'ParameterBinding(Set-StrictMode): name="Off"; value="function a { Get-WmiObject Win32_BIOS }"\n'
    )

    assert not script_features(text).is_wmi_client


def test_text_behind_nested_base64_is_opened():
    inner = base64.b64encode("Get-WmiObject Win32_BIOS".encode("utf-16-le")).decode()
    outer = base64.b64encode(f"powershell -enc {inner}".encode("utf-16-le")).decode()

    found = script_features(
        f"iex ([Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{outer}')))"
    )

    assert found.is_wmi_client
    assert "Get-WmiObject Win32_BIOS" in (found.decoded or "")


@pytest.mark.parametrize(
    "text", ["{", "(", '"', "'", "`", "<#", "$(", "'a'+", "[wmi", "@'", "FromBase64String('"]
)
def test_long_hostile_text_is_read_in_bounded_time(text):
    began = time.process_time()

    script_features("wmi " + text * (60_000 // len(text)))

    assert time.process_time() - began < 5
