"""Claims about command shapes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.context.shapes import command_shape, compile_shape, shape_problem

GUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("command", "shape"),
    [
        (r'"C:\Windows\System32\cmd.exe" /Q /c cd 1> \\127.0.0.1\ADMIN$\__1596700000.123 2>&1', r"cmd /q /c cd 1> \\<ip>\admin$\__<epoch> 2>&1"),
        (f"cmd /c dir > \\\\SRV1\\admin$\\temp\\psscript_output_{{{GUID}}}.txt", r"cmd /c dir > \\<host>\admin$\temp\psscript_output_<guid>.txt"),
        ("wmic /node:SRV1.corp.example process call create calc.exe", "wmic /node:<host> process call create calc.exe"),
        ("powershell -enc " + "QQBB" * 15 + "==", "powershell -enc <base64>"),
        ("rundll32 x.dll,#12 deadbeef01", "rundll32 x.dll,#<n> <hex>"),
        (r"C:\Users\ann.smith\a.exe -p 8080", r"c:\users\<user>\a -p <n>"),
        ("ping 10.0.0.1 fe80::1", "ping <ip> <ip>"),
        ("Get-WmiObject Win32_Process  -Filter  x", "get-wmiobject win32_process -filter x"),
        ("[System.Convert]::FromBase64String($a)", "[system.convert]::frombase64string($a)"),
        ("tmp1234.tmp 7", "tmp<n>.tmp <n>"),
        ("", ""),
    ],
)  # fmt: skip
def test_variable_parts_become_placeholders(command, shape):
    assert command_shape(command) == shape


def test_known_host_names_become_placeholders():
    assert command_shape("wmic computersystem where name=PC1 get x", {"pc1"}) == (
        "wmic computersystem where name=<host> get x"
    )


@pytest.mark.parametrize(
    ("shape", "command"),
    [
        (r"cmd /c <any> > \\<host>\admin$\temp\psscript_output_<guid>.txt", f"cmd.exe /C ipconfig /all & hostname > \\\\mid01\\ADMIN$\\temp\\psscript_output_{{{GUID}}}.txt"),
        ("sc config remoteregistry start= demand", r"C:\Windows\system32\sc.exe  config RemoteRegistry start= demand"),
        (r"\\<host>\tools\setup.exe /quiet /port:<n>", r"\\srv1.corp.example\tools\setup.exe /quiet /port:8443"),
        ("mofcomp <any>policy.mof", r"mofcomp c:\program files\agent\policy.mof"),
    ],
)  # fmt: skip
def test_a_shape_matches_its_commands(shape, command):
    assert compile_shape(shape).matches(command)


@pytest.mark.parametrize(
    ("shape", "command"),
    [
        ("sc config remoteregistry start= demand", "sc config remoteregistry start= demand & calc.exe"),
        ("sc config remoteregistry start= demand", r"c:\users\public\sc.exe config remoteregistry start= demand"),
        (r"cmd /c <any> > \\<host>\admin$\temp\psscript_output_<guid>.txt", r"cmd /c x > \\h\admin$\temp\psscript_output_1.txt"),
        ("mofcomp <any>policy.mof", "mofcomp policy.mof.txt"),
        ("tool /port:<n>x", "tool /port:x"),
        ("sc config remoteregistry start= demand", None),
        ("tool /name <any>", "tool /name " + "a" * 40_000),
    ],
)  # fmt: skip
def test_a_shape_does_not_match_look_alikes(shape, command):
    assert not compile_shape(shape).matches(command)


def test_a_wide_shape_cannot_be_compiled():
    with pytest.raises(ValueError, match="fits every command"):
        compile_shape("<any>")


_words = st.sampled_from(
    ["wmic", "process", "call", "create", "/node:srv1", "10.0.0.7", GUID, "77", "__1596700000.5", "cafe12345678", r"\\srv1\c$\a", "A" * 40 + "1234", "win32_process", '"quoted', r"c:\users\user04\x"]
)  # fmt: skip


@given(st.lists(_words, min_size=1, max_size=8))
def test_the_shape_of_a_command_matches_that_command(words):
    command = "agent.exe inventory " + " ".join(words)

    assert compile_shape(command_shape(command)).matches(command)


@given(st.text(max_size=300) | st.text(alphabet='<>\\:.-0a/ "{}=*', max_size=200))
def test_any_text_has_a_shape_and_a_judgement(text):
    assert isinstance(command_shape(text), str)
    assert shape_problem(text) is None or shape_problem(text)


@pytest.mark.parametrize("filler", ["a", "0", "a/", ":", "\\\\a", "1.", "<any>", "__1596700000."])
def test_hostile_commands_cost_bounded_time(filler):
    command = "agent /inventory " + filler * (32_000 // len(filler))
    shape = compile_shape("agent /inventory <any>x<base64>y<any>z<hex>! end<any>q<n>")
    start = time.process_time()
    shape.matches(command)
    command_shape(command)

    assert time.process_time() - start < 5.0
