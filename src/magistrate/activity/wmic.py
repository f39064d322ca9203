"""Read a WMIC command line by its grammar: switches, alias or class, where clause, verb.

The grammar is what `wmic /?` prints: `[switches] <alias | CLASS class | PATH path> [WHERE clause] [verb [...]]`.
Switches start with `/` or `-`, take their value after a colon, and node lists are separated by commas or read
from a file (`/node:@hosts.txt`).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from magistrate.activity.encodings import basename, split_words
from magistrate.activity.features import Features, sorted_facts

LOCAL_NODES = frozenset(
    {"127.0.0.1", "localhost", ".", "::1", "[::1]", "%computername%", "%%computername%%", "0.0.0.0"}
)

_SWITCHES = (
    "namespace", "role", "node", "implevel", "authlevel", "locale", "privileges", "trace", "record", "interactive",
    "failfast", "user", "password", "output", "append", "aggregate", "authority", "format", "every", "repeat",
    "translate", "all", "value", "nointeractive",
)  # fmt: skip
_VERBS = ("assoc", "call", "create", "delete", "get", "list", "set", "associators")
_BUILT_IN_FORMATS = frozenset({
    "csv", "hform", "hmof", "htable", "hxml", "list", "mof", "rawxml", "table", "texttable", "texttablewsys",
    "texttablewsys.xsl", "textvaluelist", "textvaluelist.xsl", "value", "xml", "htable-sortby", "htable-sortby.xsl",
    "mof.xsl", "csv.xsl", "htable.xsl", "hform.xsl", "rawxml.xsl", "texttable.xsl", "texttablewsys-sortby",
})  # fmt: skip
_WORD = re.compile(r"[\w:\\./@%\-\[\]]+")


@cache
def alias_classes() -> dict[str, str]:
    """Class behind each alias, as far as a finding depends on it.

    Raises:
        ValueError: the table repeats an alias.
    """
    text = resources.files(__package__).joinpath("wmic_aliases.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = {row["alias"]: row["class"] for row in rows}
    if len(found) != len(rows):
        raise ValueError("wmic_aliases.csv repeats an alias")
    return found


@dataclass(slots=True)
class _Parsed:
    """A command line taken apart."""

    switches: dict[str, str] = field(default_factory=dict)
    subject: str = ""  # alias or class in lower case
    is_class: bool = False
    where: str = ""
    verb: str = ""
    method: str = ""
    arguments: str = ""
    instance: str = ""


def wmic_features(command: str | None, *, host: str | None = None) -> Features:
    """Features of one `wmic` command line, its program word included.

    Args:
        command: the command line as recorded; None when it was not recorded, which still is a WMI client start.
        host: short or full name of the host it ran on, so that its own name is not taken for a remote node.

    Returns:
        Features with `is_wmi_client` true. Passwords never enter the facts.
    """
    if not command or not command.strip():
        return Features(True, "other", frozenset({"wmic"}), facts=(("command.recorded", "no"),))
    parsed = _parse(split_words(command)[1:])
    nodes, local_nodes, node_file = _nodes(parsed.switches.get("node", ""), host)
    operation, methods = _classify(parsed, remote=bool(nodes or node_file))
    facts = {
        "wmic.alias": parsed.subject,
        "wmic.class": _class_of(parsed),
        "wmic.where": parsed.where[:500],
        "wmic.verb": parsed.verb,
        "wmic.method": parsed.method,
        "wmic.arguments": parsed.arguments[:1000],
        "wmic.node": ", ".join(nodes),
        "wmic.node_file": node_file,
        "wmic.node_local": ", ".join(local_nodes),
        "wmic.namespace": parsed.switches.get("namespace", "").replace("/", "\\").strip("\\").lower(),
        "wmic.user": parsed.switches.get("user", ""),
        "wmic.password": "***" if "password" in parsed.switches else "",
        "wmic.format": parsed.switches.get("format", ""),
        "wmic.output": parsed.switches.get("output", "") or parsed.switches.get("append", ""),
        "wmic.scoped": _scope(parsed),
    }
    if "wmic-xsl" in methods:
        facts["command.xsl"] = "remote" if _is_remote_path(facts["wmic.format"]) else "local"
    if "wmic-process-create" in methods:
        facts["created.command"] = parsed.arguments[:1000]
    return Features(True, operation, frozenset(methods), tuple(nodes), facts=sorted_facts(facts))


def _parse(words: list[str]) -> _Parsed:
    """Walk over the words after the program name."""
    parsed = _Parsed()
    index = 0
    while index < len(words):
        word = words[index]
        lower = word.lower()
        if word[0:1] in "/-" and len(word) > 1 and (name := _switch(lower)):
            index = _take_switch(parsed, words, index, name)
        elif not parsed.subject:
            index = _take_subject(parsed, words, index)
        elif lower.startswith("where") and not parsed.where and not parsed.verb:
            index = _take_where(parsed, words, index)
        elif not parsed.verb:
            index = _take_verb(parsed, words, index)
        else:
            parsed.arguments = f"{parsed.arguments} {word}".strip()
            index += 1
    return parsed


def _switch(word: str) -> str | None:
    """Full name of a switch, whole or shortened to something unique."""
    name = word[1:].split(":", 1)[0]
    if name in _SWITCHES:
        return name
    found = [known for known in _SWITCHES if len(name) >= 3 and known.startswith(name)]
    return found[0] if len(found) == 1 else None


def _take_switch(parsed: _Parsed, words: list[str], index: int, name: str) -> int:
    """Read a switch with its value, which may follow as a word of its own after a colon."""
    _, colon, value = words[index].partition(":")
    index += 1
    if colon and not value and index < len(words) and words[index][:1] not in "/-":
        value = words[index]
        index += 1
    while (
        name == "node"
        and value
        and index < len(words)
        and (value.endswith(",") or words[index].startswith(","))
    ):
        value += words[index]
        index += 1
    parsed.switches.setdefault(name, value)
    return index


def _take_subject(parsed: _Parsed, words: list[str], index: int) -> int:
    """Read the alias, or the class after CLASS or PATH."""
    lower = words[index].lower().strip(",;")
    index += 1
    if lower in ("path", "class") and index < len(words):
        path = words[index]
        name, dot, instance = path.partition(".")
        parsed.subject = name.rsplit(":", 1)[-1].strip("'\"").lower()
        parsed.instance = instance if dot else ""
        parsed.is_class = True
        return index + 1
    if lower.startswith(("where(",)):
        return index
    parsed.subject = lower
    return index


def _take_where(parsed: _Parsed, words: list[str], index: int) -> int:
    """Read the where clause: up to the first verb or switch outside parentheses.

    Quotes are gone by now, so a bare word after a finished comparison ends the clause too: it is a method used as
    a verb (`where "filename='x'" cl`).
    """
    taken = [words[index][5:]] if len(words[index]) > 5 else []
    index += 1
    depth = sum(word.count("(") - word.count(")") for word in taken)
    while index < len(words):
        word = words[index]
        if depth <= 0 and taken and _ends_where(word, taken[-1]):
            break
        taken.append(word)
        depth += word.count("(") - word.count(")")
        index += 1
    parsed.where = " ".join(taken).strip()
    return index


def _ends_where(word: str, previous: str) -> bool:
    """Whether a word outside parentheses ends the where clause."""
    lower = word.lower()
    if _verb(lower) or (word[0:1] == "/" and _switch(lower)):
        return True
    open_comparison = previous.lower() in (
        "and",
        "or",
        "like",
        "not",
        "is",
        "=",
        "<",
        ">",
        "!=",
        "<>",
        "<=",
        ">=",
    )
    finished = any(sign in previous for sign in "=<>'%") or " " in previous
    return (
        word.isalpha()
        and lower not in ("and", "or", "like", "not", "is", "null")
        and finished
        and not open_comparison
    )


def _verb(word: str) -> str | None:
    """A verb, also with its end cut off as `wmic` accepts it (`del`, `cl` for clear methods stays a method)."""
    if word in _VERBS:
        return word
    found = [verb for verb in _VERBS if len(word) >= 3 and verb.startswith(word)]
    return found[0] if len(found) == 1 else None


def _take_verb(parsed: _Parsed, words: list[str], index: int) -> int:
    """Read the verb; after CALL also the method name."""
    lower = words[index].lower()
    verb = _verb(lower)
    index += 1
    if verb is None:
        # An alias may offer methods as verbs of its own: `service stopservice`, `nteventlog cl`.
        parsed.verb, parsed.method = "call", lower
    else:
        parsed.verb = verb
        if verb == "call" and index < len(words):
            match = _WORD.match(words[index])
            parsed.method = match.group(0).lower() if match else words[index].lower()
            rest = words[index][len(parsed.method) :].strip()
            parsed.arguments = rest
            index += 1
    return index


def _nodes(value: str, host: str | None) -> tuple[list[str], list[str], str]:
    """Remote nodes, local nodes, and the file a list is read from."""
    if value.startswith("@"):
        return [], [], value[1:]
    own = set()
    if host:
        own = {host.lower(), host.lower().split(".")[0]}
    remote: list[str] = []
    local: list[str] = []
    for node in re.split(r"[,;\s]+", value.replace('"', "").replace("'", "")):
        name = node.strip().lstrip("\\").lower()
        if not name:
            continue
        side = local if name in LOCAL_NODES or name in own else remote
        if name not in side:
            side.append(name)
    return remote, local, ""


def _class_of(parsed: _Parsed) -> str:
    """Class that the subject reaches, empty when an alias is not in the table."""
    if parsed.is_class:
        return parsed.subject
    return alias_classes().get(parsed.subject, "")


def _scope(parsed: _Parsed) -> str:
    """For deletions: `yes` when bound to one instance by id, device or volume, else `no`."""
    if parsed.verb not in ("delete", "call") or _class_of(parsed) != "win32_shadowcopy":
        return ""
    text = f"{parsed.where} {parsed.instance}".lower()
    bound = any(key in text for key in ("id=", "id =", "deviceobject", "volumename"))
    negated = any(sign in text for sign in ("!=", "<>", " not ", " like ", " or "))
    return "yes" if bound and not negated else "no"


def _is_remote_path(value: str) -> bool:
    """Whether a path leads off the host."""
    low = value.strip("\"' ").lower()
    return "://" in low or low.startswith(("\\\\", "//"))


def _is_stylesheet(value: str) -> bool:
    """Whether a /format value names a file of the caller's own instead of a built-in format."""
    formats = [part.strip("\"' ").lower() for part in re.split(r"[,;]", value)]
    return any(
        part
        and (
            _is_remote_path(part)
            or (part not in _BUILT_IN_FORMATS and re.search(r"[\\/.]", part) is not None)
        )
        for part in formats[:1]
    )


def _classify(parsed: _Parsed, *, remote: bool) -> tuple[str, set[str]]:
    """Operation class and technique labels."""
    methods: set[str] = set()
    operation = _classify_verb(parsed, methods)
    if _is_stylesheet(parsed.switches.get("format", "")):
        methods.add("wmic-xsl")
        operation = "method" if operation == "query" else operation
    if remote:
        methods.add("wmic-remote")
    return operation, methods


def _classify_verb(parsed: _Parsed, methods: set[str]) -> str:
    """Label by class, verb and method."""
    target, verb, method = _class_of(parsed), parsed.verb, parsed.method
    namespace = parsed.switches.get("namespace", "").lower()
    if target == "stdregprov" or parsed.subject == "stdregprov":
        methods.add("wmic-stdregprov")
        return "query" if method.startswith(("get", "enum", "check")) else "registry"
    if "defender" in namespace and target == "msft_mppreference" and verb == "call":
        methods.add(
            "wmic-defender-exclusion" if "exclusion" in parsed.arguments.lower() else "wmic-defender-setting"
        )
        return "method"
    if verb == "create" and ("subscription" in namespace or _is_subscription(target)):
        methods.add("wmic-subscription")
        return "subscription"
    if verb == "delete" and _is_subscription(target):
        methods.add("wmic-subscription")
        return "subscription"
    by_class = _BY_CLASS.get(target)
    if by_class and verb in ("call", "delete", "create"):
        label, kind = by_class(verb, method)
        if label:
            methods.add(label)
            return kind
    if verb == "delete":
        methods.add("wmic-delete")
        return "delete"
    if verb in ("call", "set", "create"):
        methods.add(f"wmic-{'method' if verb == 'call' else verb}")
        return "method"
    methods.add("wmic-query")
    return "query"


def _is_subscription(target: str) -> bool:
    """Whether a class is part of a permanent event subscription."""
    return target.endswith("eventconsumer") or target in (
        "__eventfilter",
        "__filtertoconsumerbinding",
        "__timerinstruction",
    )


def _process(verb: str, method: str) -> tuple[str, str]:
    if verb == "call" and method.startswith("create"):
        return "wmic-process-create", "process_create"
    if verb == "delete" or method.startswith("term"):
        return "wmic-process-terminate", "delete" if verb == "delete" else "method"
    return "", ""


def _shadow(verb: str, method: str) -> tuple[str, str]:
    if verb == "delete" or method.startswith("del"):
        return "wmic-shadowcopy-delete", "delete"
    return (
        ("wmic-shadowcopy-create", "method") if method.startswith("create") or verb == "create" else ("", "")
    )


def _service(verb: str, method: str) -> tuple[str, str]:
    return "wmic-service", "service"


def _product(verb: str, method: str) -> tuple[str, str]:
    return ("wmic-uninstall", "method") if verb == "delete" or method.startswith("uninstall") else ("", "")


def _event_log(verb: str, method: str) -> tuple[str, str]:
    return ("wmic-cleareventlog", "method") if method.startswith("cl") or verb == "delete" else ("", "")


_BY_CLASS = {
    "win32_process": _process,
    "win32_shadowcopy": _shadow,
    "win32_service": _service,
    "win32_product": _product,
    "win32_nteventlogfile": _event_log,
}


def is_wmic(image: str | None, original: str | None) -> bool:
    """Whether a process is WMIC by its file name or by the name in its version resource."""
    return basename(image or "") == "wmic.exe" or (original or "").strip().lower() == "wmic.exe"
