"""Zeek logs as JSON: one object an entry, streamed or written with `LogAscii::use_json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.base import Place, dotted, first_text
from magistrate.sources.event_tree import plain_text
from magistrate.sources.formats import Format, Gives
from magistrate.sources.zeek_records import zeek_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord

_ENDS = ("id.orig_h", "id_orig_h")
_LOG = ("_path", "@stream")
"""Zeek's own key for the name of the log, and that of an exporter."""
_OTHERS = frozenset({"uid", "fuid", "tx_hosts", "peer", "certificate.serial", "certificate_serial"})


class ZeekJson:
    """The log's name stands in `_path` or is told by the fields."""

    format = Format(
        name="zeek_json",
        title="Zeek logs as JSON",
        gives=Gives.NETWORK,
        recognised_by="ts or _path with id.orig_h, id_orig_h, uid, fuid or peer",
        answers="conn: who spoke to whom, on which port, how much. dce_rpc: which WMI interface was called, execution by "
        "ExecMethod included. dns, ntlm, kerberos, smb_files, smb_mapping, http: names, accounts, shares, WinRM.",
        cannot="Which process and, for encrypted calls, which command. Hosts are known by address only. A log beside the "
        "monitored line shows nothing of it.",
        source="Zeek log documentation; a public export that renames id.orig_h",
    )

    looks_into = frozenset({"id"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Zeek's time, and its name of the connecting side or of a flow."""
        if "ts" not in value and not value.keys() & set(_LOG):
            return False
        ends = value.get("id")
        if any(name in value for name in _ENDS) or (isinstance(ends, dict) and "orig_h" in ends):
            return True
        # Logs that are not of one connection: files, x509, weird, notice.
        return bool(value.keys() & _OTHERS)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read one entry."""
        fields = dotted(value) if isinstance(value.get("id"), dict) else value
        data = {name: _text(item) for name, item in fields.items()}
        return zeek_record(first_text(value, *_LOG) or "", data, place.raw, place.locator)


def _text(item: Any) -> str | None:
    if isinstance(item, list):
        return ",".join(plain_text(part) or "" for part in item) or None
    return plain_text(item)


DIALECT = ZeekJson()
