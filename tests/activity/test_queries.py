"""What the queries of this stage leave in the store."""

from __future__ import annotations

from activity.rows_of import row, share_touch
from magistrate.activity.queries import rows_of
from magistrate.store.duckdb import DuckDBStore

OUTPUT = "__1700000000.123456"


def test_only_names_with_two_underscores_are_pulled_as_output_files():
    sysmon = "Microsoft-Windows-Sysmon/Operational"
    store = DuckDBStore.in_memory(
        [
            row("file_event", sysmon, 11, 0, TargetFilename="C:\\Users\\ab1\\report.docx"),
            row("file_event", sysmon, 11, 1, TargetFilename=f"C:\\Windows\\{OUTPUT}"),
            share_touch(2, "Temp\\ab1.txt", "10.0.0.5"),
            share_touch(3, OUTPUT, "10.0.0.5"),
        ]
    )
    names = [item["TargetFilename"] for item in rows_of(store, "borne_files")]
    names += [item["RelativeTargetName"] for item in rows_of(store, "borne_share_files")]
    store.close()

    assert names == [f"C:\\Windows\\{OUTPUT}", OUTPUT]
