from __future__ import annotations

from magistrate.activity.run import examine
from magistrate.context.model import Context
from magistrate.detections.frame import build_frame
from magistrate.sources.normalise import normalise_raw
from magistrate.store.duckdb import DuckDBStore

HOST = "srv01.corp.example"
PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"


def key(pid):
    return f"{{0b5e1d00-0000-4000-8000-{pid:012d}}}"


def started(second, pid, ppid, *, parent=CMD, keyed=True, command="cmd.exe /c ver", logon="0x5a1f0"):
    data = {
        "Image": CMD,
        "CommandLine": command,
        "ParentImage": parent,
        "User": "CORP\\adm01",
        "LogonId": logon,
        "ProcessId": str(pid),
        "ParentProcessId": str(ppid),
    }
    if keyed:
        data |= {"ProcessGuid": key(pid), "ParentProcessGuid": key(ppid)}
    return {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "Computer": HOST,
        "Time": f"2026-03-04T09:{second // 60:02d}:{second % 60:02d}Z",
        "data": data,
    }


def linked(*events):
    rows = [normalise_raw({"RecordId": number, **event}) for number, event in enumerate(events, start=1)]
    with DuckDBStore.in_memory(rows) as store:
        frame = build_frame(store, Context(), examine(store, Context()), ())
    return [(item.process_id, item.via, item.depth) for item in frame.processes]


CHILD = started(0, 4000, 900, parent=PROVIDER)


def test_descendants_are_followed_three_levels_down():
    chain = [started(n, 4000 + n, 3999 + n, logon="0x9") for n in range(1, 6)]

    assert linked(CHILD, *chain) == [
        (4001, "descendant", 1),
        (4002, "descendant", 2),
        (4003, "descendant", 3),
    ]


def test_descendants_are_followed_by_process_id_where_no_key_is_recorded():
    child = started(0, 4000, 900, parent=PROVIDER, keyed=False)

    assert linked(child, started(1, 4001, 4000, keyed=False, logon="0x9")) == [(4001, "descendant", 1)]


def test_a_process_of_the_same_session_is_linked():
    assert linked(CHILD, started(5, 5000, 800)) == [(5000, "session", 0)]


def test_a_process_of_another_session_is_not_linked():
    assert linked(CHILD, started(5, 5000, 800, logon="0x9")) == []


def test_a_process_of_the_session_long_after_is_not_linked():
    late = started(5, 5000, 800) | {"Time": "2026-03-04T15:00:00Z"}

    assert linked(CHILD, late) == []


def test_a_later_process_with_the_same_number_is_not_a_descendant_by_key():
    other = started(5, 5000, 4000, logon="0x9")
    other["data"]["ParentProcessGuid"] = key(7777)

    assert linked(CHILD, other) == []
