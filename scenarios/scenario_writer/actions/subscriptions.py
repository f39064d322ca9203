"""Permanent event subscriptions: filter, consumer and binding, and the consumer at work."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from scenario_writer.actions.processes import load_module, start_process
from scenario_writer.actions.registry import action
from scenario_writer.actions.wmi import write_provider
from scenario_writer.machine import Account, Machine, milliseconds

if TYPE_CHECKING:
    from datetime import datetime

    from scenario_writer.stage import Stage

_CONSUMERS = {
    "script": ("ActiveScriptEventConsumer", "Script"),
    "command": ("CommandLineEventConsumer", "Command Line"),
}


@action
def subscription(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    name: str,
    payload: str,
    *,
    query: str,
    kind: str = "script",
    filter_name: str | None = None,
    namespace: str = "root\\cimv2",
    deleted: bool = False,
) -> None:
    """A subscription is created, or deleted: Sysmon 19 to 21, WMI-Activity 5859 and 5861.

    Args:
        stage: where the scenario plays.
        at: when.
        host: where.
        account: who does it; also the creator's SID of 5861.
        name: name of the consumer.
        payload: script text or command line.
        query: WQL of the filter.
        kind: script or command.
        filter_name: name of the filter; the consumer's name when left out.
        namespace: namespace of the filter's query.
        deleted: the subscription is deleted.
    """
    machine, who = stage.machine(host), stage.account(account)
    filter_name = filter_name or name
    consumer_class, type_name = _CONSUMERS[kind]
    operation = {"Operation": "Deleted" if deleted else "Created", "User": who.full_name}
    consumer = f"\\\\.\\ROOT\\subscription:{consumer_class}.Name={_quoted(name)}"
    filter_path = f"\\\\.\\ROOT\\subscription:__EventFilter.Name={_quoted(filter_name)}"
    described = {
        "EventNamespace": _literal(namespace),
        "Name": _literal(filter_name),
        "Query": _literal(query),
    }
    parts = [
        (19, {"EventType": "WmiFilterEvent", **described}),
        (
            20,
            {
                "EventType": "WmiConsumerEvent",
                "Name": _literal(name),
                "Type": type_name,
                "Destination": _literal(payload),
            },
        ),
        (
            21,
            {"EventType": "WmiBindingEvent", "Consumer": _literal(consumer), "Filter": _literal(filter_path)},
        ),
    ]
    for number, (event, fields) in enumerate(reversed(parts) if deleted else parts):
        stage.write_sysmon(machine, event, at + milliseconds(140 * number), {**operation, **fields})
    if not deleted:
        _write_binding(
            stage, machine, at + milliseconds(300), who, (consumer_class, name, payload), (filter_name, query)
        )


def _write_binding(
    stage: Stage,
    machine: Machine,
    at: datetime,
    creator: Account,
    consumer: tuple[str, str, str],
    source: tuple[str, str],
) -> None:
    consumer_class, name, payload = consumer
    filter_name, query = source
    creator_sid = ", ".join(str(number) for number in sid_bytes(creator.sid))
    member = "ScriptText" if consumer_class.startswith("ActiveScript") else "CommandLineTemplate"
    language = ['ScriptingEngine = "VBScript";'] if member == "ScriptText" else []
    cause = "\n".join(
        [
            "Binding EventFilter: ",
            *(
                "instance of __EventFilter",
                "{",
                f"\tCreatorSID = {{{creator_sid}}};",
                '\tEventNamespace = "root\\\\cimv2";',
            ),
            *(
                f"\tName = {_quoted(filter_name)};",
                f"\tQuery = {_quoted(query)};",
                '\tQueryLanguage = "WQL";',
                "};",
                "",
            ),
            "Perm. Consumer: ",
            *(
                f"instance of {consumer_class}",
                "{",
                f"\tCreatorSID = {{{creator_sid}}};",
                f"\tName = {_quoted(name)};",
            ),
            *(f"\t{line}" for line in [*language, f"{member} = {_quoted(payload)};"]),
            *("};", ""),
        ]
    )
    logger = machine.processes["winmgmt"].pid
    stage.write(
        machine,
        "wmi_activity.5859",
        at,
        {
            "NamespaceName": "//./root/CIMV2",
            "Query": query,
            "User": creator.sid,
            "Processid": logger,
            "Provider": "Windows Management Instrumentation",
            "queryid": 0,
            "PossibleCause": "Permanent",
        },
        logger=logger,
    )
    stage.write(
        machine,
        "wmi_activity.5861",
        at + milliseconds(15),
        {
            "Namespace": "//./root/subscription",
            "ESS": filter_name,
            "CONSUMER": f"{consumer_class}={_quoted(name)}",
            "PossibleCause": cause,
        },
        logger=logger,
    )


@action
def consumer_runs(
    stage: Stage,
    at: datetime,
    host: str,
    *,
    kind: str = "script",
    run: str | None = None,
    command: str | None = None,
) -> None:
    """The consumer of a subscription is triggered, as SYSTEM: scrcons for a script, a program for a command."""
    machine = stage.machine(host)
    system = machine.sessions["SYSTEM"]
    if kind == "script":
        engine = start_process(
            stage, machine, at, "scrcons", system, machine.processes["dcom"],
            command="C:\\Windows\\system32\\wbem\\scrcons.exe -Embedding",
        )  # fmt: skip
        for number, name in enumerate(("vbscript.dll", "wbemdisp.dll")):
            folder = "C:\\Windows\\System32\\wbem\\" if name.startswith("wbem") else "C:\\Windows\\System32\\"
            load_module(stage, machine, at + milliseconds(60 + number), engine, folder + name)
        write_provider(stage, machine, at + milliseconds(40), "ActiveScriptEventConsumer", engine)
    else:
        engine = start_process(
            stage,
            machine,
            at,
            "wmiprvse",
            system,
            machine.processes["dcom"],
            command="C:\\Windows\\system32\\wbem\\wmiprvse.exe -Embedding",
        )
        write_provider(stage, machine, at + milliseconds(20), "CommandLineEventConsumer", engine)
    if run:
        start_process(stage, machine, at + milliseconds(400), run, system, engine, command=command)


def sid_bytes(sid: str) -> bytes:
    """A SID as its bytes, the form in which a subscription names its creator."""
    revision, authority, *rest = [int(part) for part in sid.split("-")[1:]]
    return bytes([revision, len(rest)]) + authority.to_bytes(6, "big") + struct.pack(f"<{len(rest)}I", *rest)


def _quoted(text: str) -> str:
    """Text as a MOF literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _literal(text: str) -> str:
    """Text as Sysmon writes values of WMI objects: a space, then the literal."""
    return f" {_quoted(text)}"
