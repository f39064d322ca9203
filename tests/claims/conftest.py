from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from magistrate.investigation import Options, investigate
from scenario_writer.render import render_scenario

if TYPE_CHECKING:
    from pathlib import Path

QUIET = r"""
id: quiet
title: A shell of a person at work
description: Nothing of WMI beside what Windows does itself, on a host that records everything.
start: 2026-03-11T06:00:00Z
domain: {name: CORP, dns: corp.example, sid: S-1-5-21-1004336348-1177238915-682003330}
hosts:
  WS21: {ip: 10.20.5.21, os: windows11, logging: full}
accounts:
  user15: {rid: 1152}
events:
  - {at: -2d, do: boot, host: WS21}
  - {at: -2h, do: routine, host: WS21, every: 12m, lasts: 6h}
  - {at: 61m, do: logon, host: WS21, account: user15}
  - {at: 63m, do: process, host: WS21, session: user15, run: cmd, command: cmd.exe /c dir}
  - {at: 2h30m, do: wmi_failure, host: WS21, machine: WS21, user: NT AUTHORITY\SYSTEM, operation: "Start IWbemServices::ExecQuery - ROOT\\CIMV2 : select * from Win32_ProcessStartTrace", code: 0x80041032}
expect: {disposition: NOT-OBSERVED}
"""
CLAIMS = r"""
rule: Process started by WMI
host: WS21
time: 2026-03-11T07:03:00Z
image: C:\Windows\System32\cmd.exe
parent: C:\Windows\System32\wbem\WmiPrvSE.exe
user: CORP\user15
"""


@pytest.fixture(scope="session")
def quiet(tmp_path_factory) -> Path:
    """Logs of a host that records everything and saw no use of WMI; do not change them."""
    folder = tmp_path_factory.mktemp("quiet")
    (folder / "quiet.yml").write_text(QUIET)
    render_scenario(folder / "quiet.yml", folder / "logs")
    return folder / "logs"


@pytest.fixture
def judged(quiet, tmp_path):
    """Investigates the quiet logs with an alert; `without` names channels that are left out."""

    def judge(text: str, *, logs: Path = quiet, without: str = "nothing"):
        alert = tmp_path / "alert.yml"
        alert.write_text(text)
        (tmp_path / "case").mkdir()
        paths = [path for path in sorted(logs.rglob("*.evtx")) if without not in path.name]
        return investigate(paths, tmp_path / "case", Options(alert_path=alert))

    return judge
