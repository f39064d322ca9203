"""Find WMI calls in PowerShell text: cmdlets, aliases, type accelerators, .NET and COM classes.

A call is `certain` when it runs as the text runs: at the top, or in a function that the text itself calls. It is
`possible` when it stands in a function that this text only defines, or in a string that something may run. Names
in comments and in data are no calls at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magistrate.activity.encodings import MAX_TEXT
from magistrate.activity.features import Features, merge, sorted_facts
from magistrate.activity.powershell_tokens import Token, TokenKind, fold_strings, tokenize
from magistrate.activity.wmic import LOCAL_NODES, wmic_features

if TYPE_CHECKING:
    from collections.abc import Iterator

# A quick look before the slow one; every spelling below holds one of these once back-ticks are gone.
_HINTS = ("wmi", "cim", "winmgmts", "wbem", "system.management", "wsman.automation", "win32_", "mpcmdrun")
_FORMATTED = re.compile(r"['\"]\s*\)?\s*(?:-f\b|\+\s*['\"(])", re.IGNORECASE)

_CMDLETS = {
    "get-wmiobject": "query",
    "gwmi": "query",
    "get-ciminstance": "query",
    "gcim": "query",
    "get-cimclass": "query",
    "gcls": "query",
    "get-cimassociatedinstance": "query",
    "gcai": "query",
    "invoke-wmimethod": "method",
    "iwmi": "method",
    "invoke-cimmethod": "method",
    "icim": "method",
    "set-wmiinstance": "write",
    "swmi": "write",
    "new-ciminstance": "write",
    "ncim": "write",
    "set-ciminstance": "write",
    "scim": "write",
    "remove-wmiobject": "delete",
    "rwmi": "delete",
    "remove-ciminstance": "delete",
    "rcim": "delete",
    "register-wmievent": "subscription",
    "register-cimindicationevent": "subscription",
    "rcie": "subscription",
    "new-cimsession": "session",
    "ncms": "session",
    "new-cimsessionoption": "option",
    "ncso": "option",
    "connect-wsman": "session",
    "invoke-wsmanaction": "method",
    "get-wsmaninstance": "query",
    "new-wsmaninstance": "write",
    "remove-wsmaninstance": "delete",
}
_TYPES = {
    "wmi": "object",
    "wmiclass": "object",
    "wmisearcher": "query",
    "system.management.managementobjectsearcher": "query",
    "system.management.managementclass": "object",
    "system.management.managementobject": "object",
    "system.management.managementscope": "object",
    "system.management.connectionoptions": "option",
    "management.managementclass": "object",
    "management.managementobjectsearcher": "query",
    "management.managementscope": "object",
    "management.connectionoptions": "option",
    "cimsession": "option",
}
_COM = ("wbemscripting.swbemlocator", "wsman.automation", "winmgmts:")
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
)
_WHOLE = frozenset({"name", "path", "class", "query", "filter", "property", "list"})
_RUNS_TEXT = frozenset({"iex", "invoke-expression", "start-job", "invoke-command", "icm"})
_KEEP_POSITION = frozenset(
    {
        "return",
        "throw",
        "in",
        "else",
        "do",
        "try",
        "finally",
        "begin",
        "process",
        "end",
        "-not",
        "!",
        "exit",
        "trap",
    }
)
_CLASS = re.compile(
    r"\b((?:win32|msft|cim|msvm)_\w{2,60}|__\w{4,40}|\w{3,40}eventconsumer|stdregprov|antivirusproduct)\b",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bfrom\s+(\w{2,80})", re.IGNORECASE)
_PATH = re.compile(r"^\s*\\\\([^\\/]{1,255})\\([^:]{1,200})(?::([\w]+))?")


@dataclass(slots=True)
class _Use:
    """One WMI call in a text."""

    name: str
    kind: str
    function: str | None
    parameters: dict[str, list[str]] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)
    certain: bool = True

    def values(self, *names: str) -> list[str]:
        """Values of the first given parameter, whole or shortened."""
        for name in names:
            for known, values in self.parameters.items():
                if known == name or (len(known) >= 2 and known not in _WHOLE and name.startswith(known)):
                    return values
        return []


@dataclass(slots=True)
class _Reading:
    """Everything that one pass over the tokens found."""

    uses: list[_Use] = field(default_factory=list)
    calls: dict[str | None, set[str]] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    constants: dict[str, str] = field(default_factory=dict)
    run_texts: list[tuple[str, str | None]] = field(default_factory=list)
    wmic: list[tuple[str, str | None]] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)


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
    reading = _read(tokens, text[:MAX_TEXT])
    reached = _reachable(reading)
    parts = [_use_features(reading, reached, host)] if reading.uses else []
    for command, function in reading.wmic:
        found = wmic_features(command, host=host)
        parts.append(
            _with_fact(found, "ps.call", "certain" if function is None or function in reached else "possible")
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


def _with_fact(part: Features, name: str, value: str) -> Features:
    """The same features with one fact set."""
    facts = dict(part.facts)
    facts.setdefault(name, value)
    return Features(
        part.is_wmi_client, part.operation, part.methods, part.targets, part.decoded, sorted_facts(facts)
    )


# --- reading the tokens ---------------------------------------------------------------------------------------


def _read(tokens: list[Token], text: str) -> _Reading:
    """One pass: definitions, calls with their arguments, WMI types, member calls, simple constants."""
    reading = _Reading()
    braces: list[str | None] = []
    pending: str | None = None
    at_command = True
    index = 0
    while index < len(tokens):
        token = tokens[index]
        function = braces[-1] if braces else None
        word = token.text.lower()
        if token.kind is TokenKind.PUNCTUATION or token.kind is TokenKind.NEWLINE:
            if word == "{":
                braces.append(function or pending)
                pending = None
            elif word == "}" and braces:
                braces.pop()
            called = _called_string(tokens, index) if word == "&" else None
            if called:
                index = _take_call(reading, tokens, called[1], called[0].lower(), function, text)
            at_command = word not in (",", "]", ")", "<", ">", "@")
        elif token.kind is TokenKind.TYPE:
            if word in _TYPES:
                _take_type(reading, tokens, index, function)
        elif token.kind is TokenKind.VARIABLE:
            _take_constant(reading, tokens, index)
            at_command = False
        elif token.kind is TokenKind.STRING:
            reading.strings.append(token.text)
            at_command = False
        elif word.startswith("."):
            reading.members.update(part for part in word.split(".") if part)
            at_command = False
        elif at_command and word in ("function", "filter", "workflow") and index + 1 < len(tokens):
            pending = tokens[index + 1].text.lower().split(":")[-1]
            reading.defined.add(pending)
            index += 1
        elif word in _KEEP_POSITION:
            at_command = True
        elif at_command:
            index = _take_call(reading, tokens, index, word, function, text)
            at_command = False
        elif ")." in word or "." in word:
            reading.members.update(part for part in word.split(".") if part)
        index += 1
    return reading


def _called_string(tokens: list[Token], index: int) -> tuple[str, int] | None:
    """The command named by a string after `&`, with or without brackets, and the index of its token."""
    for after in (index + 1, index + 2):
        if after < len(tokens) and tokens[after].kind is TokenKind.STRING:
            return tokens[after].text, after
        if after < len(tokens) and tokens[after].text != "(":
            return None
    return None


def _take_constant(reading: _Reading, tokens: list[Token], index: int) -> None:
    """Remember `$name = 'text'`."""
    if (
        index + 2 < len(tokens)
        and tokens[index + 1].text == "="
        and tokens[index + 2].kind is TokenKind.STRING
    ):
        reading.constants.setdefault(tokens[index].text, tokens[index + 2].text)


def _take_type(reading: _Reading, tokens: list[Token], index: int, function: str | None) -> None:
    """A WMI type: an accelerator with its path, or `::new(...)`; a cast of a parameter is no use of it."""
    name = tokens[index].text
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or name == "cimsession":
        return
    use = _Use(name, _TYPES[name], function)
    if following.kind is TokenKind.STRING:
        use.positional.append(following.text)
    elif following.text == "(" and index + 2 < len(tokens) and tokens[index + 2].kind is TokenKind.STRING:
        use.positional.append(tokens[index + 2].text)
    elif not following.text.startswith("::"):
        return
    if _TYPES[name] != "option":
        reading.uses.append(use)


def _take_call(
    reading: _Reading, tokens: list[Token], index: int, word: str, function: str | None, text: str
) -> int:
    """A word in command position: note the call, and read the arguments of the ones that matter."""
    reading.calls.setdefault(function, set()).add(word)
    if word in _CMDLETS:
        use = _Use(word, _CMDLETS[word], function)
        _read_arguments(reading, tokens, index + 1, use)
        reading.uses.append(use)
    elif word == "new-object":
        _take_new_object(reading, tokens, index, function)
    elif word.removesuffix(".exe").rsplit("\\", 1)[-1] == "wmic":
        reading.wmic.append((_rest_of_statement(tokens, index, text), function))
    elif word in _RUNS_TEXT:
        for item in _statement(tokens, index + 1):
            if item.kind is TokenKind.STRING:
                reading.run_texts.append((item.text, function))
    return index


def _take_new_object(reading: _Reading, tokens: list[Token], index: int, function: str | None) -> None:
    """`New-Object` of a WMI class or COM object."""
    use = _Use("new-object", "object", function)
    _read_arguments(reading, tokens, index + 1, use)
    names = [item.lower() for item in (*use.positional, *use.values("comobject"), *use.values("typename"))]
    for name in names:
        bare = name.split("(")[0]
        if bare in _TYPES and _TYPES[bare] != "option":
            use.kind, use.name = _TYPES[bare], bare
            reading.uses.append(use)
            return
        if any(com in name for com in _COM):
            use.kind, use.name = "com", name
            reading.uses.append(use)
            return


def _statement(tokens: list[Token], index: int) -> Iterator[Token]:
    """Tokens up to the end of the statement or of the brackets that enclose it."""
    depth = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind is TokenKind.NEWLINE and depth == 0:
            return
        if token.kind is TokenKind.PUNCTUATION:
            if token.text in "({[":
                depth += 1
            elif token.text in ")}]":
                depth -= 1
                if depth < 0:
                    return
            elif token.text in "|;" and depth == 0:
                return
        yield token
        index += 1


def _rest_of_statement(tokens: list[Token], index: int, text: str) -> str:
    """Raw text from a token to the end of its statement."""
    end = tokens[index].start
    for token in _statement(tokens, index):
        end = token.start + len(token.text) + (2 if token.kind is TokenKind.STRING else 0)
    return text[tokens[index].start : end]


def _read_arguments(reading: _Reading, tokens: list[Token], index: int, use: _Use) -> None:
    """Parameters and positional values of one call; variables with a known text give that text."""
    current: str | None = None
    taken = 0
    joined = False
    for token in _statement(tokens, index):
        taken += 1
        if taken > 400:
            return
        if (
            token.kind is TokenKind.WORD
            and len(token.text) > 1
            and token.text[0] in "-\u2013\u2014"
            and token.text[1].isalpha()
        ):
            name, _, value = token.text[1:].partition(":")
            current = name.lower()
            use.parameters.setdefault(current, [])
            joined = False
            if value:
                use.parameters[current].append(value)
            continue
        if token.text == ",":
            joined = True
            continue
        if token.kind is TokenKind.PUNCTUATION:
            continue
        value = (
            reading.constants.get(token.text, token.text) if token.kind is TokenKind.VARIABLE else token.text
        )
        if current is not None and (
            joined or not use.parameters[current] or token.kind is not TokenKind.WORD
        ):
            use.parameters[current].append(value)
        else:
            current = None
            use.positional.append(value)
        joined = False


def _reachable(reading: _Reading) -> set[str]:
    """Functions that the text itself calls, directly or through others that it calls."""
    reached: set[str] = set()
    waiting = [name for name in reading.calls.get(None, set()) if name in reading.defined]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(other for other in reading.calls.get(name, set()) if other in reading.defined)
    return reached


# --- what the calls mean --------------------------------------------------------------------------------------


def _use_features(reading: _Reading, reached: set[str], host: str | None) -> Features:
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
        "ps.node": ", ".join(targets),
        "ps.node_local": ", ".join(local),
        "created.command": _created(uses, operation),
    }
    return Features(True, operation, frozenset(methods), tuple(targets), facts=sorted_facts(facts))


def _method_names(uses: list[_Use]) -> set[str]:
    """Names of methods passed to the invoke cmdlets."""
    found: set[str] = set()
    for use in uses:
        if use.kind == "method":
            named = use.values("methodname", "name")
            found.update(item.lower() for item in named[:1])
            if not named and len(use.positional) > 1:
                found.add(use.positional[1].lower())
    return found


def _classes(uses: list[_Use], reading: _Reading) -> list[str]:
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


def _targets(uses: list[_Use], host: str | None) -> tuple[list[str], list[str]]:
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


def _created(uses: list[_Use], operation: str) -> str:
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
    if "delete" in kinds:
        methods.add("ps-wmi-delete")
        return methods, "delete"
    if "write" in kinds:
        methods.add("ps-wmi-write")
        return methods, "method"
    if invokes:
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
