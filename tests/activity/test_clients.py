"""Which processes count as WMI clients, and which only wrap one."""

from __future__ import annotations

from activity.rows_of import sysmon_start
from magistrate.activity.clients import find_client_processes
from magistrate.store.duckdb import DuckDBStore

CMD = "C:\\Windows\\System32\\cmd.exe"
WMIC = "C:\\Windows\\System32\\wbem\\WMIC.exe"


def clients(line, *wmic, seconds=1.0):
    rows = [sysmon_start(0, CMD, "C:\\x\\a.exe", "CORP\\adm", 0xA, command=line, pid=50)]
    rows += [
        sysmon_start(seconds, WMIC, CMD, "CORP\\adm", 0xA, command=command, pid=60 + i, ParentProcessId=50)
        for i, command in enumerate(wmic)
    ]
    store = DuckDBStore.in_memory(rows)
    try:
        return {process.name for process, _ in find_client_processes(store)}
    finally:
        store.close()


def test_shell_that_wraps_one_client_is_told_by_the_client():
    assert clients("cmd.exe /c wmic os get caption", "wmic os get caption") == {"wmic.exe"}


def test_shell_whose_second_command_left_no_record_is_kept():
    line = "cmd.exe /c wmic os get caption & wmic process call create calc.exe"

    assert clients(line, "wmic os get caption") == {"cmd.exe", "wmic.exe"}
    assert clients(line, "wmic os get caption", "wmic process call create calc.exe") == {"wmic.exe"}


def test_shell_is_not_told_by_a_client_of_a_later_process_with_its_id():
    line = "cmd.exe /c wmic shadowcopy delete"

    assert clients(line, "wmic shadowcopy delete", seconds=7200) == {"cmd.exe", "wmic.exe"}
