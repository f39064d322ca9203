"""Take a command line apart into the commands that it runs: `cmd /c` wrappers, chains, PowerShell arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from magistrate.activity.encodings import (
    MAX_TEXT,
    basename,
    decode_base64,
    embedded_base64,
    is_switch,
    program_name,
    scan_words,
    split_words,
    strip_noise,
)

_MAX_DEPTH = 4
_MAX_STEPS = 200
_LEADERS = frozenset({"call", "@", "start", "(", "if", "do"})
_POWERSHELL = frozenset({"powershell", "pwsh", "powershell_ise"})
_VALUED = ("executionpolicy", "ep", "windowstyle", "version", "inputformat", "outputformat", "psconsolefile", "configurationname", "if", "of", "settingsfile", "workingdirectory", "wd", "w", "v")  # fmt: skip
_FLAGS = (
    "noprofile",
    "nop",
    "noninteractive",
    "noni",
    "nologo",
    "nol",
    "noexit",
    "noe",
    "sta",
    "mta",
    "interactive",
    "login",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One command that a command line runs.

    `script` is PowerShell text handed over in clear, `decoded` the text behind an encoded argument. `wrapper` is
    the shell around it, empty for the process itself. `names` are all names it goes by: file, first word, and the
    name in its version resource, which a renamed copy keeps.
    """

    program: str
    words: tuple[str, ...]
    text: str
    wrapper: str = ""
    script: str | None = None
    decoded: str | None = None
    names: frozenset[str] = frozenset()

    @property
    def arguments(self) -> tuple[str, ...]:
        """Words after the program, lower case."""
        return tuple(word.lower() for word in self.words[1:])


def read_steps(command: str, image: str | None = None, original: str | None = None) -> list[Step]:
    """The commands of a command line, outermost first; at most 200, wrappers opened four deep.

    Args:
        command: command line as recorded.
        image: executable of the process, which names the program better than an unquoted path with spaces.
        original: name in its version resource.
    """
    steps: list[Step] = []
    _read(command[:MAX_TEXT], image, "", 0, steps, original)
    return steps


def _read(
    command: str,
    image: str | None,
    wrapper: str,
    depth: int,
    steps: list[Step],
    original: str | None = None,
) -> None:
    """Add the command and what it wraps."""
    if len(steps) >= _MAX_STEPS or depth > _MAX_DEPTH or not command.strip():
        return
    spans = scan_words(command)
    spans = _after_image(command, spans, image) if image else _skip_leaders(spans)
    if not spans:
        return
    words = tuple(word for word, _ in spans)
    program = program_name(image or words[0].lstrip("(@"))
    names = frozenset(
        name for name in (program, program_name(words[0].lstrip("(@")), program_name(original or "")) if name
    )
    shell = next(
        (name for name in (program, program_name(original or "")) if name == "cmd" or name in _POWERSHELL), ""
    )
    text = command[spans[0][1] :] if not image else command
    if shell == "cmd":
        steps.append(Step(program, words, text, wrapper, names=names))
        rest = _after_cmd_switch(command, spans)
        if rest is not None:
            for part in split_chain(rest):
                _read(part, None, shell, depth + 1, steps)
        return
    if shell:
        script, decoded = powershell_argument(command, spans)
        steps.append(Step(program, words, text, wrapper, script, decoded, names))
        for body in (script, decoded):
            if body and depth < _MAX_DEPTH:
                for part in re.split(r"[;|\n]", body)[:60]:
                    if _looks_native(part):
                        _read(part.strip(), None, "powershell", depth + 1, steps)
        return
    steps.append(Step(program, words, text, wrapper, names=names))


def _after_image(command: str, spans: list[tuple[str, int]], image: str) -> list[tuple[str, int]]:
    """Words with a program path that was written without quotes put back into one word."""
    low = command.lstrip(' "').lower()
    if image.lower() in low[: len(image) + 1] and " " in image and not command.lstrip().startswith('"'):
        end = command.lower().find(image.lower()) + len(image)
        rest = [(word, start) for word, start in spans if start >= end]
        return [(image, 0), *rest]
    return spans


def _skip_leaders(spans: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Drop what stands before the command itself: `call`, `start /b "title"`, `for ... do`, `if exist x`."""
    words = [word.lower().lstrip("(@") for word, _ in spans]
    if words and words[0] in ("for", "if") and "do" in words:
        spans = spans[words.index("do") + 1 :]
    elif len(words) > 3 and words[0] == "if" and words[1] in ("exist", "not", "defined"):
        spans = spans[4 if words[1] == "not" else 3 :]
    while spans and spans[0][0].lower() in _LEADERS:
        started = spans[0][0].lower() == "start"
        spans = spans[1:]
        while started and spans and (spans[0][0].startswith("/") or spans[0][0] == ""):
            spans = spans[1:]
    return spans


def _after_cmd_switch(command: str, spans: list[tuple[str, int]]) -> str | None:
    """Text that `cmd /c`, `/k` or `/r` runs, None when there is none."""
    for word, start in spans[1:]:
        low = word.lower()
        if low[:2] in ("/c", "/k", "/r") and (len(low) == 2 or not low[2:3].isalpha() or low[:2] == "/c"):
            rest = command[command.lower().index(low[:2], start) + 2 :].strip()
            if rest.startswith('"') and rest.endswith('"') and len(rest) > 1:
                rest = rest[1:-1]
            return rest
        if not low.startswith("/"):
            return None
    return None


def split_chain(text: str) -> list[str]:
    """Commands joined by `&`, `&&`, `|`, `||` or line ends, outside quotes, with carets resolved.

    `2>&1` is no join, and neither is a sign that a caret escapes.
    """
    parts: list[str] = []
    part: list[str] = []
    quoted = escaped = False
    previous = ""
    for char in text:
        if escaped:
            part.append(char)
            escaped = False
        elif char == "^" and not quoted:
            escaped = True
        elif not quoted and char in "&|\n" and not (char == "&" and previous == ">"):
            parts.append("".join(part))
            part = []
        else:
            quoted = quoted != (char == '"')
            part.append(char)
        previous = char
    parts.append("".join(part))
    return [item.strip() for item in parts if item.strip()]


def _looks_native(part: str) -> bool:
    """Whether a piece of PowerShell may be a native command worth reading: it starts with a word or a path."""
    head = part.strip()[:1]
    return bool(head) and (head.isalpha() or head in "\"'.\\&")


def powershell_argument(command: str, spans: list[tuple[str, int]]) -> tuple[str | None, str | None]:
    """Script text of a PowerShell command line: in clear, and decoded from base64.

    Returns:
        (script in clear, decoded script); both None for `-File` and for an interactive start.
    """
    index = 1
    while index < len(spans):
        word, start = spans[index]
        if word[:1] in "-/\u2013\u2014\u2015" and len(word) > 1:
            bare = word[1:].lower().rstrip(":").replace("`", "").replace("^", "")
            if bare in ("c", "command") or (len(bare) > 1 and "command".startswith(bare)):
                return _script_at(command, spans, index + 1), None
            if bare in ("e", "ec") or (
                is_switch(word.replace("^", ""), "encodedcommand") and not bare.startswith("ex")
            ):
                token = spans[index + 1][0] if index + 1 < len(spans) else ""
                return None, decode_base64(token)
            if bare in ("f", "file") or (bare and "file".startswith(bare)):
                return None, None
            valued = any(name == bare or (len(bare) > 1 and name.startswith(bare)) for name in _VALUED)
            index += 2 if valued and bare not in _FLAGS else 1
            continue
        if len(word) >= 40 and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", word):
            return None, decode_base64(word)
        return command[start:], None
    return None, None


def _script_at(command: str, spans: list[tuple[str, int]], index: int) -> str | None:
    """Raw text from a word on, its outer quotes removed."""
    if index >= len(spans):
        return None
    rest = command[spans[index][1] :].strip()
    if rest[:1] == '"' and rest.count('"') >= 2:
        end = rest.rfind('"')
        rest = rest[1:end].replace('\\"', '"')
    return rest


def plain(command: str) -> str:
    """A command without the noise that cmd.exe ignores, for matching."""
    return strip_noise(command[:MAX_TEXT])


def decoded_texts(text: str, *, depth: int = 0) -> list[str]:
    """Texts hidden in base64 literals of a script, opened three deep."""
    found: list[str] = []
    for item in embedded_base64(text):
        found.append(item)
        if depth < 2:
            found.extend(decoded_texts(item, depth=depth + 1))
    words = split_words(text[:20_000])
    for index, word in enumerate(words[:-1]):
        if depth < 2 and is_switch(word, "encodedcommand", shortest=1) and len(words[index + 1]) > 15:
            inner = decode_base64(words[index + 1])
            if inner:
                found.extend([inner, *decoded_texts(inner, depth=depth + 1)])
    return found[:16]


__all__ = ["Step", "basename", "decoded_texts", "plain", "powershell_argument", "read_steps", "split_chain"]
