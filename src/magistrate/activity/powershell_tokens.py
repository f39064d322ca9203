"""Cut PowerShell text into tokens, so that calls can be told from comments, strings and definitions.

This is a reader for triage, not a parser: one linear pass, no nesting limit, and anything that it does not know
is one character of punctuation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_TOKENS = 60_000


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    STRING = "string"
    VARIABLE = "variable"
    TYPE = "type"
    NEWLINE = "newline"
    PUNCTUATION = "punctuation"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` has back-ticks removed (words) or quotes removed (strings); types are lower case."""

    kind: TokenKind
    text: str
    start: int


_SPACE = re.compile(r"(?:[^\S\n]|`\r?\n)++")
_STRING = re.compile(r"'((?:[^']|'')*+)'|[\"“”]((?:[^\"“”`]|`.|\"\")*+)[\"“”]", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{[^}\n]{1,200}\}|[\w:?^$]++)")
_TYPE = re.compile(r"\[\s*([A-Za-z_][\w.]{0,200}+)(?:\[\s*\])?\s*\]")
_WORD = re.compile(r"(?:[^\s'\"“”(){}\[\];|&,=$`<>]|`[^\s])++")


def tokenize(text: str) -> list[Token]:
    """Tokens of a script in order; comments and white space are left out; at most `MAX_TOKENS`."""
    tokens: list[Token] = []
    position = 0
    closed_comments = True
    while position < len(text) and len(tokens) < MAX_TOKENS:
        char = text[position]
        if match := _SPACE.match(text, position):
            position = match.end()
        elif char == "#" or (closed_comments and text.startswith("<#", position)):
            end, closed_comments = _skip_comment(text, position)
            position = end
        elif (
            char == "@"
            and text[position + 1 : position + 2] in ("'", '"')
            and (here := _here_string(text, position))
        ):
            token, position = here
            tokens.append(token)
        else:
            token, position = _next(text, position)
            tokens.append(token)
    return tokens


def _next(text: str, position: int) -> tuple[Token, int]:
    """The token at a position that holds no space, comment or here-string."""
    char = text[position]
    if char == "\n":
        return Token(TokenKind.NEWLINE, "\n", position), position + 1
    if char in "'\"“”" and (match := _STRING.match(text, position)):
        value = match.group(1)
        value = value.replace("''", "'") if value is not None else _unescape(match.group(2))
        return Token(TokenKind.STRING, value, position), match.end()
    if char == "$" and (match := _VARIABLE.match(text, position)):
        return Token(TokenKind.VARIABLE, match.group(0).lower(), position), match.end()
    if char == "[" and (match := _TYPE.match(text, position)):
        return Token(TokenKind.TYPE, match.group(1).lower(), position), match.end()
    if match := _WORD.match(text, position):
        return Token(TokenKind.WORD, match.group(0).replace("`", ""), position), match.end()
    return Token(TokenKind.PUNCTUATION, char, position), position + 1


def _skip_comment(text: str, position: int) -> tuple[int, bool]:
    """End of a comment, and whether later block comments can still be closed."""
    if text.startswith("<#", position):
        end = text.find("#>", position + 2)
        return (end + 2, True) if end >= 0 else (len(text), False)
    end = text.find("\n", position)
    return (end if end >= 0 else len(text)), True


def _here_string(text: str, position: int) -> tuple[Token, int] | None:
    """A here-string, None when the mark is not followed by a line end or is never closed."""
    quote = text[position + 1]
    head = text.find("\n", position)
    if head < 0 or text[position + 2 : head].strip():
        return None
    end = text.find(f"\n{quote}@", head)
    if end < 0:
        return None
    return Token(TokenKind.STRING, text[head + 1 : end], position), end + 3


def _unescape(text: str) -> str:
    """Double-quoted text without its back-ticks."""
    if "`" not in text and '""' not in text:
        return text
    return re.sub(r"`(.)", r"\1", text, flags=re.DOTALL).replace('""', '"')


def fold_strings(tokens: list[Token]) -> tuple[list[Token], bool]:
    """Put together strings that were written in parts: `'a'+'b'` and `"{1}{0}" -f 'b','a'`.

    Returns:
        The tokens with each such expression as one string, in brackets or not, and whether anything was folded.
    """
    folded: list[Token] = []
    changed = False
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind is TokenKind.STRING:
            value, after = _join(tokens, index)
            if after > index + 1:
                changed = True
                token = Token(TokenKind.STRING, value, token.start)
            index = after
        else:
            index += 1
        folded.append(token)
    return folded, changed


def _join(tokens: list[Token], index: int) -> tuple[str, int]:
    """Value of the string expression at an index and the index after it."""
    value = tokens[index].text
    after = index + 1
    while after < len(tokens):
        token = tokens[after]
        following = tokens[after + 1] if after + 1 < len(tokens) else None
        if token.text == "+" and following is not None and following.kind is TokenKind.STRING:
            value += following.text
            after += 2
        elif token.kind is TokenKind.WORD and token.text.lower() in ("-f", "-f(") and following is not None:
            parts, end = _format_parts(tokens, after + 1)
            if not parts:
                break
            value = _apply_format(value, parts)
            after = end
        else:
            break
        if len(value) > 65_536:
            break
    return value, after


def _format_parts(tokens: list[Token], index: int) -> tuple[list[str], int]:
    """Literal arguments of `-f`, empty when they are not all literals."""
    parts: list[str] = []
    while index < len(tokens) and tokens[index].kind is TokenKind.STRING:
        parts.append(tokens[index].text)
        index += 1
        if index < len(tokens) and tokens[index].text == ",":
            index += 1
        else:
            break
    return parts, index


def _apply_format(value: str, parts: list[str]) -> str:
    """A .NET format string with plain `{n}` places filled; anything else stays as it is."""

    def fill(match: re.Match[str]) -> str:
        number = int(match.group(1))
        return parts[number] if number < len(parts) else match.group(0)

    return re.sub(r"\{(\d{1,3})\}", fill, value)[:65_536]
