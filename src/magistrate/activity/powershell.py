"""Find WMI calls in PowerShell text: cmdlets, aliases, type accelerators, .NET and COM classes.

A call is `certain` when it runs as the text runs: at the top, or in a function that the text itself calls. It is
`possible` when it stands in a function that this text only defines, or in a string that something may run. Names
in comments and in data are no calls at all.
"""

from __future__ import annotations

import re

from magistrate.activity.encodings import MAX_TEXT
from magistrate.activity.features import Features, merge, sorted_facts
from magistrate.activity.powershell_calls import Reading, WmiCall, reachable_functions, read_tokens
from magistrate.activity.powershell_tokens import fold_strings, tokenize
from magistrate.activity.wmic import LOCAL_NODES, wmic_features

# A quick look before the slow one; every spelling below holds one of these once back-ticks are gone.
_HINTS = ("wmi", "cim", "winmgmts", "wbem", "system.management", "wsman.automation", "win32_", "mpcmdrun")
_FORMATTED = re.compile(r"['\"]\s*\)?\s*(?:-f\b|\+\s*['\"(])", re.IGNORECASE)
_SUBSCRIPTION_CLASSES = (
    "__eventfilter",
    "__filtertoconsumerbinding",
    "commandlineeventconsumer",
    "activescripteventconsumer",
    "__intervaltimerinstruction",
)
_METHODS = (
    "create",
    "delete",
    "uninstall",
    "terminate",
    "cleareventlog",
    "invokemethod",
    "put",
    "stopservice",
    "changestartmode",
    "delete_",
    "execmethod_",
    "execnotificationquery",
    "invoke",
    "setstringvalue",
    "setdwordvalue",
    "createkey",
    "enable",
    "disable",
    "backupeventlog",
    "install",
    "addprinterconnection",
    "reboot",
    "win32shutdown",
    "put_",
    "startservice",
    "change",
    "rename",
    "compress",
    "takeownership",
    "setsecuritydescriptor",
)
_CHANGING = frozenset(_METHODS) - {"create", "invoke", "enable", "disable", "install", "change", "rename"}
"""Members that change something wherever they stand beside a WMI read; the others are common names elsewhere."""
_CLASS = re.compile(
    r"\b((?:win32|msft|cim|msvm)_\w{2,60}|__\w{4,40}|\w{3,40}eventconsumer|stdregprov|antivirusproduct)\b",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bfrom\s+(\w{2,80})", re.IGNORECASE)
_PATH = re.compile(r"^\s*\\\\([^\\/]{1,255})\\([^:]{1,200})(?::([\w]+))?")


def has_hint(text: str) -> bool:
    """Whether a text can hold a WMI call at all; cheap, and never wrong in the negative for plain spellings."""
    low = text[:MAX_TEXT].lower().replace("`", "")
    return any(hint in low for hint in _HINTS) or _FORMATTED.search(low) is not None


def powershell_features(text: str, *, host: str | None = None, depth: int = 0) -> Features:
    """WMI calls of one PowerShell text.

    Args:
        text: script text or the argument of `-Command`.
        host: name of the host it ran on; its own name is not a remote target.
        depth: how many texts around this one were unwrapped already.

    Returns:
        Features with `is_wmi_client` true when a call is certain or possible (see the fact `ps.call`); empty
        features when the text does not call WMI.
    """
    if not has_hint(text):
        return Features()
    tokens, folded = fold_strings(tokenize(text[:MAX_TEXT]))
    reading = read_tokens(tokens, text[:MAX_TEXT])
    reached = reachable_functions(reading)
    parts = [call_features(reading, reached, host)] if reading.uses else []
    for command, function in reading.wmic:
        found = wmic_features(command, host=host)
        parts.append(
            with_fact(found, "ps.call", "certain" if function is None or function in reached else "possible")
        )
    if depth < 3:
        for item, function in reading.run_texts[:20]:
            part = powershell_features(item, host=host, depth=depth + 1)
            if part.is_wmi_client:
                parts.append(part if function is None or function in reached else _only_possible(part))
    if not parts:
        return Features()
    noise = [name for name, hit in (("back-tick", _has_ticks(text)), ("split string", folded)) if hit]
    if noise:
        parts.append(Features(facts=(("ps.noise", ", ".join(noise)),)))
    return merge(*parts)


def _has_ticks(text: str) -> bool:
    """Back-ticks inside words, which only serve to hide a name."""
    return re.search(r"\w`\w", text[:MAX_TEXT]) is not None


def _only_possible(part: Features) -> Features:
    """The same features as calls that may never run."""
    facts = sorted_facts({**dict(part.facts), "ps.call": "possible"})
    return Features(part.is_wmi_client, part.operation, part.methods, part.targets, part.decoded, facts)


def with_fact(part: Features, name: str, value: str) -> Features:
    """The same features with one fact set."""
    facts = dict(part.facts)
    facts.setdefault(name, value)
    return Features(
        part.is_wmi_client, part.operation, part.methods, part.targets, part.decoded, sorted_facts(facts)
    )


def call_features(reading: Reading, reached: set[str], host: str | None) -> Features:
    """Features of all WMI calls of one reading; certain calls decide where there are any."""
    for use in reading.uses:
        use.certain = use.function is None or use.function in reached
    certain = [use for use in reading.uses if use.certain]
    uses = certain or reading.uses
    classes = _classes(uses, reading)
    targets, local = _targets(uses, host)
    kinds = {use.kind for use in uses}
    members = reading.members & set(_METHODS)
    methods, operation = classify(kinds, classes, members, [use.name for use in uses], _method_names(uses))
    if targets or any(use.values("cimsession", "session") for use in uses if use.kind != "option"):
        methods.add("ps-wmi-remote")
        methods.discard("ps-wmi-local-query")
    facts = {
        "ps.call": "certain" if certain else "possible",
        "ps.cmdlet": ", ".join(sorted({use.name for use in uses})),
        "ps.class": ", ".join(classes),
        "ps.namespace": ", ".join(
            sorted({item.lower().replace("/", "\\") for use in uses for item in use.values("namespace")})
        ),
        "ps.method": ", ".join(sorted({*_method_names(uses), *members})),
        "ps.indirect": "true" if reading.indirect else "",
        "ps.node": ", ".join(targets),
        "ps.node_local": ", ".join(local),
        "created.command": _created(uses, operation),
    }
    return Features(True, operation, frozenset(methods), tuple(targets), facts=sorted_facts(facts))


def _method_names(uses: list[WmiCall]) -> set[str]:
    """Names of methods passed to the invoke cmdlets."""
    found: set[str] = set()
    for use in uses:
        if use.kind == "method":
            named = use.values("methodname", "name")
            found.update(item.lower() for item in named[:1])
            if not named and len(use.positional) > 1:
                found.add(use.positional[1].lower())
    return found


def _classes(uses: list[WmiCall], reading: Reading) -> list[str]:
    """WMI classes that the calls name, lower case, sorted."""
    found: set[str] = set()
    for use in uses:
        values = [*use.values("classname", "class", "path", "query", "filter"), *use.positional]
        for values_of in use.parameters.values():
            values.extend(values_of)
        for value in values:
            found.update(match.lower() for match in _CLASS.findall(value[:4096]))
            found.update(match.lower() for match in _FROM.findall(value[:4096]))
    if any(use.kind in ("com", "object", "session") for use in uses):
        for value in reading.strings[:2000]:
            found.update(match.lower() for match in _CLASS.findall(value[:4096]))
    return sorted(found)


def _targets(uses: list[WmiCall], host: str | None) -> tuple[list[str], list[str]]:
    """Remote and local nodes, in order of appearance."""
    own = {host.lower(), host.lower().split(".")[0]} if host else set()
    remote: list[str] = []
    local: list[str] = []
    for use in uses:
        names = [*use.values("computername", "cn", "pscomputername")]
        for value in use.positional:
            if match := _PATH.match(value):
                names.append(match.group(1))
        for value in names:
            for part in re.split(r"[,\s]+", value):
                name = part.strip("'\"@()").lower()
                if not name or name.startswith("-"):
                    continue
                is_local = name in LOCAL_NODES or name in own or name in ("$env:computername", "$env")
                side = local if is_local else remote
                if name not in side and not (name.startswith("$") and not is_local and use.kind == "option"):
                    side.append(name)
    return [name for name in remote if not name.startswith("$")] or remote, local


def _created(uses: list[WmiCall], operation: str) -> str:
    """Command line handed to `Win32_Process.Create`, as far as it is written in the call."""
    if operation != "process_create":
        return ""
    for use in uses:
        for value in (*use.values("argumentlist", "arguments"), *use.positional[2:]):
            if value and not _CLASS.fullmatch(value) and value.lower() not in ("commandline", "create"):
                return value[:1000]
    return ""


def classify(
    kinds: set[str], classes: list[str], members: set[str], names: list[str], method_names: set[str]
) -> tuple[set[str], str]:
    """Technique labels and operation class of a set of WMI calls."""
    methods: set[str] = set()
    acts = members | method_names
    if kinds & {"write", "subscription", "object", "com"} and any(
        item in _SUBSCRIPTION_CLASSES or item.endswith("eventconsumer") for item in classes
    ):
        methods.add("ps-wmi-subscription")
        return methods, "subscription"
    if "subscription" in kinds:
        methods.add("ps-wmi-event-watch")
        return methods, "other"
    if "win32_shadowcopy" in classes and ("delete" in acts or "delete_" in acts or "delete" in kinds):
        methods.add("ps-shadowcopy-delete")
        return methods, "delete"
    invokes = "method" in kinds or bool(acts & {"invokemethod", "execmethod_", "invoke"})
    if "win32_process" in classes and ("create" in acts or (invokes and not acts)):
        methods.update({"ps-invoke-wmimethod", "ps-wmi-process-create"})
        return methods, "process_create"
    if "stdregprov" in classes:
        methods.add("ps-wmi-stdregprov")
        writes = any(item.startswith(("set", "create", "delete")) for item in acts)
        return methods, "registry" if writes else "query"
    if "win32_service" in classes and (
        invokes or acts & {"create", "stopservice", "changestartmode", "delete"}
    ):
        methods.add("ps-wmi-service")
        return methods, "service"
    if "win32_nteventlogfile" in classes and "cleareventlog" in acts:
        methods.add("ps-wmi-cleareventlog")
        return methods, "method"
    if "win32_product" in classes and "uninstall" in acts:
        methods.add("ps-wmi-uninstall")
        return methods, "method"
    if "msft_mppreference" in classes and (invokes or acts):
        methods.add("ps-wmi-defender-setting")
        return methods, "method"
    if "delete" in kinds or (acts & {"delete", "delete_"} and kinds & {"query", "object", "com"}):
        methods.add("ps-wmi-delete")
        return methods, "delete"
    if "write" in kinds:
        methods.add("ps-wmi-write")
        return methods, "method"
    if invokes or acts & _CHANGING or (acts and any(item.startswith("win32_") for item in classes)):
        methods.add("ps-invoke-wmimethod")
        return methods, "method"
    if "com" in kinds:
        methods.add("wmi-com-script")
        return methods, "query"
    if kinds & {"query", "object"}:
        methods.add("ps-wmi-local-query")
        return methods, "query"
    methods.add("ps-wmi-session")
    return methods, "other"
