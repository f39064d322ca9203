"""Traces other than processes and scripts: failed operations, explicit credentials, registry writes, files."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from magistrate.activity.background import background_of
from magistrate.activity.build import activity_id
from magistrate.activity.images import account_name, image_name, is_machine_account, short_host
from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass
from magistrate.activity.queries import rows_of
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.activity.hosts import HostMap
    from magistrate.activity.identity import IdentityResolver
    from magistrate.events.evidence import Evidence
    from magistrate.store.base import Row, Store


_OUTPUT_NAME = re.compile(r"(?:^|\\)(__1\d{9}\.\d{1,7})$")
_METHOD_CALL = re.compile(r"ExecMethod|::PutInstance|::DeleteInstance|Win32_Process::Create", re.IGNORECASE)
_LOCAL_NODES = ("", "localhost", "127.0.0.1", "::1", ".")


def operation_activities(store: Store, resolver: IdentityResolver, hosts: HostMap) -> list[Activity]:
    """Failed or traced WMI operations (5858, Trace 11/22/23) and audited namespace calls (4662)."""
    found = []
    for row in rows_of(store, "operations"):
        if number(row, "EventID") == 4662 and (text(row, "ObjectServer") or "").upper() != "WMI":
            continue
        found.append(_operation(row, resolver, hosts))
    return found


def _operation(row: Row, resolver: IdentityResolver, hosts: HostMap) -> Activity:
    host = text(row, "host") or ""
    what = _operation_text(row)
    client = (text(row, "ClientMachine") or "").strip().lower()
    remote = _is_remote_call(row, client, host)
    user = text(row, "User") or text(row, "SubjectUserName")
    evidence = (
        evidence_of(row, "Operation", "ClientMachine", "User", "ResultCode", "AdditionalInfo", "CommandLine"),
    )
    named = (user or "").strip() not in ("", "-")
    if remote:
        identity = Identity(
            Account(user or "", text(row, "UserSid"), None) if named else None,
            OriginClass.REMOTE,
            Join.RECORDED,
            Confidence.MODERATE,
            "the WMI service recorded the client machine and user",
            source_host=hosts.key_of(client) or client or None,
            source_how="ClientMachine",
            transport="unknown",
            evidence=evidence,
        )
    elif named:
        identity = resolver.of_session(
            host, Account(user or "", text(row, "UserSid"), None), moment(row), evidence
        )
    else:
        identity = Identity(
            None, OriginClass.UNKNOWN, Join.NONE, Confidence.LOW, "no user recorded", evidence=evidence
        )
    operation, methods = _operation_kind(row, what)
    facts = {
        "operation.text": what[:500],
        "operation.result": text(row, "ResultCode") or "",
        "operation.client": client,
        "operation.denied": "true" if (text(row, "ResultCode") or "").lower() in _DENIED else "",
    }
    background = background_of(
        Kind.OPERATION.value,
        {
            "operation": operation,
            "operation_text": what,
            "result": text(row, "ResultCode") or "",
            "user": (user or "").lower(),
            "local": "false" if remote else "true",
        },
    )
    if background is None and not remote and operation == "query":
        background = "local-failed-read"
    return Activity(
        id=activity_id(evidence),
        kind=Kind.OPERATION,
        host=host,
        utc=moment(row),
        operation=operation,
        methods=methods,
        identity=identity,
        command=what[:4000],
        process_id=number(row, "ClientProcessId"),
        facts=tuple(sorted((name, value) for name, value in facts.items() if value)),
        background=background,
        evidence=evidence,
    )


_DENIED = ("0x80041003", "0x80070005")
"""Access denied by WMI and by DCOM (telemetry notes 1.4)."""


def _operation_text(row: Row) -> str:
    parts = (
        text(row, "Operation"),
        text(row, "CommandLine"),
        text(row, "AdditionalInfo"),
        text(row, "AdditionalInfo2"),
    )
    return " ".join(part for part in parts if part)


def _is_remote_call(row: Row, client: str, host: str) -> bool:
    if text(row, "ActionType") == "RemoteWmiOperation":
        return True
    if number(row, "EventID") == 4662:
        return (text(row, "AdditionalInfo") or "").lower().startswith("remote")
    return short_host(client) not in (*_LOCAL_NODES, short_host(host)) if client else False


def _operation_kind(row: Row, what: str) -> tuple[str, tuple[str, ...]]:
    low = what.lower()
    if "cleareventlog" in low:
        return "method", ("wmi-com-cleareventlog",)
    created = number(row, "EventID") == 23 or text(row, "ActionType") == "ProcessCreatedUsingWmiQuery"
    if created or ("win32_process" in low and "create" in low and "execmethod" in low):
        return "process_create", ("wmi-process-create-remote",)
    if "__eventfilter" in low or "eventconsumer" in low or "__filtertoconsumerbinding" in low:
        return ("subscription" if _METHOD_CALL.search(what) else "query"), ("wmi-operation",)
    if _METHOD_CALL.search(what) or " execute " in f" {low} ":
        return "method", ("wmi-operation",)
    return "query", ("wmi-operation",)


def credential_activities(store: Store, resolver: IdentityResolver, hosts: HostMap) -> list[Activity]:
    """Explicit credentials used by a WMI client or by RPCSS towards another host (4648, on the source)."""
    found = []
    for row in rows_of(store, "credentials"):
        server = (text(row, "TargetServerName") or "").strip().lower()
        if server in _LOCAL_NODES or is_machine_account(text(row, "SubjectUserName")):
            continue
        host = text(row, "host") or ""
        evidence = (evidence_of(row, "User", "TargetUserName", "TargetServerName", "TargetInfo", "Image"),)
        account = Account(text(row, "User") or "", text(row, "UserSid"), number(row, "LogonId"))
        client = image_name(text(row, "Image"))
        by_wmi = client in ("wmic.exe", "wbemtest.exe")
        used = _used_account(row)
        facts = {
            "credential.account": used,
            "credential.target": server,
            "credential.info": text(row, "TargetInfo") or "",
            "credential.differs": "true" if account_name(used) != account_name(account.name) else "",
        }
        found.append(
            Activity(
                id=activity_id(evidence),
                kind=Kind.CREDENTIAL,
                host=host,
                utc=moment(row),
                operation="other",
                methods=("wmic-remote",) if client == "wmic.exe" else ("wmi-explicit-credential",),
                identity=resolver.of_session(host, account, moment(row), evidence),
                image=text(row, "Image"),
                process_id=number(row, "ProcessId"),
                targets=(hosts.key_of(server) or server,),
                facts=tuple(sorted((name, value) for name, value in facts.items() if value)),
                background=None if by_wmi else "dcom-credential-only",
                evidence=evidence,
            )
        )
    return found


def _used_account(row: Row) -> str:
    domain, name = text(row, "TargetDomainName"), text(row, "TargetUserName") or ""
    return f"{domain}\\{name}" if domain else name


@cache
def _registry_noise() -> tuple[str, ...]:
    raw = resources.files(__package__).joinpath("registry_noise.yml").read_text(encoding="utf-8")
    rows = cast("Sequence[Mapping[str, object]]", load_yaml(raw, "registry_noise.yml"))
    return tuple(str(row["has"]).lower() for row in rows)


def registry_activities(store: Store) -> list[Activity]:
    """Registry values written by a provider host outside its ordinary places: StdRegProv at work."""
    found = []
    for row in rows_of(store, "registry_by_provider"):
        path = (text(row, "TargetObject") or "").lower()
        if any(noise in path for noise in _registry_noise()):
            continue
        evidence = (evidence_of(row, "Image", "TargetObject", "Details"),)
        facts = {
            "registry.path": text(row, "TargetObject") or "",
            "registry.data": (text(row, "Details") or "")[:500],
        }
        found.append(
            Activity(
                id=activity_id(evidence),
                kind=Kind.REGISTRY,
                host=text(row, "host") or "",
                utc=moment(row),
                operation="registry",
                methods=("wmi-stdregprov",),
                identity=_service_actor(
                    "the provider host wrote the value; its caller is not in the record", evidence
                ),
                image=text(row, "Image"),
                process_id=number(row, "ProcessId"),
                process_key=text(row, "ProcessGuid"),
                facts=tuple(sorted((name, value) for name, value in facts.items() if value)),
                evidence=evidence,
            )
        )
    return found


def _service_actor(reason: str, evidence: tuple[Evidence, ...]) -> Identity:
    return Identity(None, OriginClass.UNKNOWN, Join.NONE, Confidence.LOW, reason, evidence=evidence)


def file_activities(store: Store, hosts: HostMap) -> list[Activity]:
    """Output files of wmiexec shells, and libraries planted beside the provider host."""
    found = []
    for row in rows_of(store, "borne_files"):
        path = text(row, "TargetFilename") or ""
        name = _OUTPUT_NAME.search(path)
        planted = path.lower().endswith("\\wbem\\wbemcomn.dll")
        if name or planted:
            found.append(_file(row, path, name.group(1) if name else None, None, "TargetFilename"))
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows_of(store, "borne_share_files"):
        path = text(row, "RelativeTargetName") or ""
        ip = (text(row, "SourceIp") or "").lower()
        name = _OUTPUT_NAME.search(path)
        if not name and not path.lower().endswith("wbem\\wbemcomn.dll"):
            continue
        if not hosts.is_own(text(row, "host") or "", ip):
            groups.setdefault((text(row, "host") or "", path, ip), []).append(row)
    for (_, path, ip), rows in sorted(groups.items()):
        # One access check is logged every few milliseconds while the tool polls: the first and last speak for all.
        name = _OUTPUT_NAME.search(path)
        first = min(rows, key=lambda r: (str(r["Timestamp"]), str(r["evidence_id"])))
        found.append(
            _file(first, path, name.group(1) if name else None, ip, "RelativeTargetName", count=len(rows))
        )
    return found


def _file(
    row: Row, path: str, output: str | None, ip: str | None, column: str, *, count: int = 1
) -> Activity:
    evidence = (evidence_of(row, column, "Image", "ShareName", "SourceIp", "User"),)
    user = text(row, "User")
    origin = OriginClass.REMOTE if ip else OriginClass.UNKNOWN
    identity = Identity(
        Account(user, text(row, "UserSid"), None) if user and ip else None,
        origin,
        Join.RECORDED if ip else Join.NONE,
        Confidence.MODERATE if ip else Confidence.LOW,
        "the share access names address and user" if ip else "the file record does not name the caller",
        source_ip=ip,
        source_how="share access" if ip else None,
        transport="DCOM" if ip else None,
        evidence=evidence,
    )
    facts = {"file.path": path, "file.output_name": output or "", "file.touches": str(count)}
    if output:
        facts["command.output_epoch"] = output[2:12]
    return Activity(
        id=activity_id(evidence),
        kind=Kind.FILE,
        host=text(row, "host") or "",
        utc=moment(row),
        operation="process_create" if output else "other",
        methods=("impacket-wmiexec",) if output else ("wmi-library-plant",),
        identity=identity,
        image=text(row, "Image"),
        process_id=number(row, "ProcessId"),
        process_key=text(row, "ProcessGuid"),
        facts=tuple(sorted((key, value) for key, value in facts.items() if value)),
        evidence=evidence,
    )
