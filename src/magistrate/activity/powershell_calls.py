"""Read PowerShell tokens: WMI calls with their arguments, definitions, member calls and simple constants."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.activity.powershell_tokens import Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_COM = ("wbemscripting.swbemlocator", "wsman.automation", "winmgmts:")
_WHOLE = frozenset({"name", "path", "class", "query", "filter", "property", "list"})
RUNS_TEXT = frozenset({"iex", "invoke-expression", "start-job", "invoke-command", "icm"})
"""Commands that run the text or block they are given."""
_EACH = frozenset({"%", "foreach-object", "foreach"})
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


@cache
def known_names(form: str) -> dict[str, str]:
    """Cmdlets and aliases (`cmdlet`) or WMI types (`type`) in lower case, with the kind of call they make.

    Raises:
        ValueError: the table repeats a name of one form.
    """
    text = resources.files(__package__).joinpath("powershell_names.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["form"] == form]
    found = {row["name"]: row["kind"] for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"powershell_names.csv repeats a {form}")
    return found


@dataclass(slots=True)
class WmiCall:
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
class Reading:
    """Everything that one pass over the tokens found."""

    uses: list[WmiCall] = field(default_factory=list)
    calls: dict[str | None, set[str]] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    constants: dict[str, str] = field(default_factory=dict)
    run_texts: list[tuple[str, str | None]] = field(default_factory=list)
    wmic: list[tuple[str, str | None]] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    indirect: bool = False  # a member is called whose name the text works out or takes from a variable


def read_tokens(tokens: list[Token], text: str) -> Reading:
    """One pass: definitions, calls with their arguments, WMI types, member calls, simple constants."""
    reading = Reading()
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
            if word in known_names("type"):
                _take_type(reading, tokens, index, function)
        elif token.kind is TokenKind.VARIABLE:
            _take_constant(reading, tokens, index)
            at_command = False
        elif token.kind is TokenKind.STRING:
            reading.strings.append(token.text)
            at_command = False
        elif word.startswith("."):
            reading.members.update(part for part in word.split(".") if part)
            if word.endswith(".") and not at_command:
                _take_named_member(reading, tokens, index + 1)
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


def _take_constant(reading: Reading, tokens: list[Token], index: int) -> None:
    """Remember `$name = 'text'`."""
    if (
        index + 2 < len(tokens)
        and tokens[index + 1].text == "="
        and tokens[index + 2].kind is TokenKind.STRING
    ):
        reading.constants.setdefault(tokens[index].text, tokens[index + 2].text)


def _take_named_member(reading: Reading, tokens: list[Token], index: int) -> None:
    """A member whose name is not a bare word: `.'Delete'()`, `.('De'+'lete')()`, `.$name()`."""
    if index < len(tokens) and tokens[index].text == "(" and tokens[index].kind is TokenKind.PUNCTUATION:
        index += 1
        computed = True
    else:
        computed = False
    named = tokens[index] if index < len(tokens) else None
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    if named is not None and named.kind is TokenKind.STRING:
        reading.members.add(named.text.lower())
    elif named is not None and named.kind is TokenKind.VARIABLE and named.text in reading.constants:
        reading.members.add(reading.constants[named.text].lower())
    elif computed or after == "(":
        reading.indirect = True


def _take_each(reading: Reading, tokens: list[Token], index: int) -> None:
    """`| ForEach-Object Delete`: the name of a member in place of a block."""
    for token in _statement(tokens, index):
        if token.kind is TokenKind.PUNCTUATION:
            return
        if token.kind is TokenKind.VARIABLE and token.text not in reading.constants:
            reading.indirect = True
        elif token.kind is TokenKind.VARIABLE:
            reading.members.add(reading.constants[token.text].lower())
        elif token.kind is TokenKind.STRING or not token.text.startswith("-"):
            reading.members.add(token.text.lower())


def _take_type(reading: Reading, tokens: list[Token], index: int, function: str | None) -> None:
    """A WMI type: an accelerator with its path, or `::new(...)`; a cast of a parameter is no use of it."""
    name = tokens[index].text
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or name == "cimsession":
        return
    use = WmiCall(name, known_names("type")[name], function)
    if following.kind is TokenKind.STRING:
        use.positional.append(following.text)
    elif following.text == "(" and index + 2 < len(tokens) and tokens[index + 2].kind is TokenKind.STRING:
        use.positional.append(tokens[index + 2].text)
    elif not following.text.startswith("::"):
        return
    if known_names("type")[name] != "option":
        reading.uses.append(use)


def _take_call(
    reading: Reading, tokens: list[Token], index: int, word: str, function: str | None, text: str
) -> int:
    """A word in command position: note the call, and read the arguments of the ones that matter."""
    reading.calls.setdefault(function, set()).add(word)
    if word in known_names("cmdlet"):
        use = WmiCall(word, known_names("cmdlet")[word], function)
        _read_arguments(reading, tokens, index + 1, use)
        reading.uses.append(use)
    elif word in _EACH:
        _take_each(reading, tokens, index + 1)
    elif word == "new-object":
        _take_new_object(reading, tokens, index, function)
    elif word.removesuffix(".exe").rsplit("\\", 1)[-1] == "wmic":
        reading.wmic.append((_rest_of_statement(tokens, index, text), function))
    elif word in RUNS_TEXT:
        for item in _statement(tokens, index + 1):
            if item.kind is TokenKind.STRING:
                reading.run_texts.append((item.text, function))
    return index


def _take_new_object(reading: Reading, tokens: list[Token], index: int, function: str | None) -> None:
    """`New-Object` of a WMI class or COM object."""
    use = WmiCall("new-object", "object", function)
    _read_arguments(reading, tokens, index + 1, use)
    names = [item.lower() for item in (*use.positional, *use.values("comobject"), *use.values("typename"))]
    for name in names:
        bare = name.split("(")[0]
        if bare in known_names("type") and known_names("type")[bare] != "option":
            use.kind, use.name = known_names("type")[bare], bare
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


def _read_arguments(reading: Reading, tokens: list[Token], index: int, use: WmiCall) -> None:
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


def reachable_functions(reading: Reading) -> set[str]:
    """Functions that the text itself calls, directly or through others that it calls."""
    reached: set[str] = set()
    waiting = [name for name in reading.calls.get(None, set()) if name in reading.defined]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(other for other in reading.calls.get(name, set()) if other in reading.defined)
    return reached
