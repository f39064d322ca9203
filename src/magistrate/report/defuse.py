"""Makes attacker text inert: one function for each output channel, applied at the last step.

Stored values stay exactly as recorded. What a person sees is encoded here: control and format characters become
visible escapes such as `<U+202E>`, long text is folded with its start and its end shown and the rest counted, and
each channel's own active characters are neutralised. A literal `<U+` in the input is itself escaped, so that an
escape cannot be forged and the encoding can be undone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMINAL_LIMIT = 400
MARKDOWN_LIMIT = 1_200
HTML_LIMIT = 4_000
CSV_LIMIT = 32_000  # a spreadsheet cell holds 32,767 characters
_WALK = 20_000  # characters walked one by one
_RUN = 2  # more equal escapes in a row than this are shown as one with a count
_BLANKS = 24  # blanks in a row that could push a payload out of sight
_WIDE = " " * (_BLANKS + 1)
_MARKS = 3  # combining marks on one letter that a real language uses
_FORMULA = "=+-@"
# Category Cf (format), Cc (control), Cs (surrogate), Co (private), Cn (unassigned), Zl and Zp (separators)
_HIDDEN = frozenset(("Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
_FULL_WIDTH = range(0xFF01, 0xFF5F)  # look-alikes of printable ASCII
_MIXED_WORD = re.compile(r"(?=\w*[A-Za-z])(?=\w*[\u0370-\u03ff\u0400-\u052f])\w+")
_URL = re.compile(r"(?i)\b(https?|ftp|file|ldaps?|smb|wss?)://([^\s/\"'<>]*)")
_WWW = re.compile(r"(?i)\bwww\.(?=\w)")
_MARKDOWN_ACTIVE = re.compile(r"([`*_\[\]<>|~$])")
_MARKDOWN_START = re.compile(
    r"^(\s*\d{0,9})(?=#{1,6}(?:\s|$)|[+\-](?:\s|$)|[-=]{2,}\s*$|(?<=\d)[.)](?:\s|$))"
)
_FENCE_END = re.compile(r"\s*`{3}")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_BACKSLASH_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_CSV_SPLIT_FORMULA = re.compile(rf"(;\s*)(?=[{re.escape(_FORMULA)}])")


class _Token(NamedTuple):
    shown: str
    length: int  # characters of the input it stands for


def for_terminal(text: str, limit: int = TERMINAL_LIMIT) -> str:
    """One line of plain text without any control character, for terminals, pipes, errors and logs."""
    return _folded(text, limit)


def for_html(text: str, limit: int = HTML_LIMIT, *, prose: bool = True) -> str:
    """Text that is safe as element content and as a quoted attribute value.

    Args:
        text: any text.
        limit: characters shown before folding.
        prose: True defangs URLs; False is for quoted fields, which stay exact.
    """
    shown = _folded(text, limit)
    return html.escape(defang(shown) if prose else shown, quote=True)


def for_markdown(text: str, limit: int = MARKDOWN_LIMIT) -> str:
    """Prose that stays text in Markdown, on one line, URLs defanged."""
    shown = _ENTITY.sub("&amp;", defang(_folded(text, limit)))
    shown = _MARKDOWN_START.sub(r"\1\\", _BACKSLASH_ESCAPE.sub(r"\\\\", shown))
    return _MARKDOWN_ACTIVE.sub(r"\\\1", shown)


def for_markdown_code(text: str, limit: int = MARKDOWN_LIMIT, *, in_table: bool = False) -> str:
    """The inside of a code span: exact but for the backtick, and for the bar inside a table."""
    shown = _folded(text, limit).replace("`", "<U+0060>")
    return shown.replace("|", r"\|") if in_table else shown


def for_fence(text: str, limit: int = TERMINAL_LIMIT, *, prose: bool = True) -> str:
    """One line inside a fenced block or a plain-text ticket.

    Args:
        text: any text.
        limit: characters shown before folding.
        prose: True defangs URLs; False is for commands, which stay exact.
    """
    shown = _folded(text, limit)
    if _FENCE_END.match(shown):
        shown = shown.replace("`", "<U+0060>")
    return defang(shown) if prose else shown


def for_csv(text: str, limit: int = CSV_LIMIT) -> str:
    """A cell that no spreadsheet takes for a formula.

    A neutral apostrophe is put before a leading `=`, `+`, `-` or `@`, also behind blanks, and before one that
    follows a semicolon, because a spreadsheet with another list separator would start a cell there. Taking the
    apostrophe away gives the text back.
    """
    shown = _folded(text, limit, squeeze=False)
    if shown.lstrip().startswith(tuple(_FORMULA)):
        shown = "'" + shown
    return _CSV_SPLIT_FORMULA.sub(r"\1'", shown)


def defang(text: str) -> str:
    """Make URLs unclickable: `hxxp://host[.]example`."""

    def unclickable(match: re.Match[str]) -> str:
        scheme = (
            match[1].replace("t", "x", 2).replace("T", "X", 2) if match[1][0] in "hH" else f"{match[1]}[:]"
        )
        slashes = "://" if match[1][0] in "hH" else "//"
        return f"{scheme}{slashes}{match[2].replace('.', '[.]')}"

    return _WWW.sub(lambda match: f"{match[0][:-1]}[.]", _URL.sub(unclickable, text))


def visible(text: str) -> str:
    """Show every hidden character as `<U+XXXX>`, nothing folded."""
    if _is_plain(text):
        return text
    return "".join(token.shown for token in _tokens(text, squeeze=True))


def _is_plain(text: str) -> bool:
    """Whether nothing of a text is escaped or squeezed."""
    return text.isascii() and text.isprintable() and "<U+" not in text and _WIDE not in text


def _folded(text: str, limit: int, *, squeeze: bool = True) -> str:
    if len(text) <= limit and _is_plain(text):
        return text
    if len(text) > max(limit * 4, _WALK):  # what lies between cannot be shown anyway; do not walk through it
        head = _take(list(_tokens(text[: limit * 2], squeeze=squeeze)), limit * 2 // 3)
        tail = _take(list(_tokens(text[-limit:], squeeze=squeeze))[::-1], limit // 3)
    else:
        tokens = list(_tokens(text, squeeze=squeeze))
        if sum(len(token.shown) for token in tokens) <= limit:
            return "".join(token.shown for token in tokens)
        head = _take(tokens, limit * 2 // 3)
        tail = _take(tokens[len(head) :][::-1], limit // 3)
    hidden = len(text) - sum(token.length for token in (*head, *tail))
    start = "".join(token.shown for token in head)
    end = "".join(token.shown for token in tail[::-1])
    return f"{start} <{hidden:,} of {len(text):,} characters not shown> {end}"


def _take(tokens: list[_Token], room: int) -> list[_Token]:
    used = 0
    for index, token in enumerate(tokens):
        used += len(token.shown)
        if used > room:
            return tokens[:index]
    return tokens


def _tokens(text: str, *, squeeze: bool) -> Iterator[_Token]:
    """Split into shown pieces; runs of the same escape are one token with a count."""
    run_character, run_length = "", 0
    for shown, character in _escapes(text):
        if character == run_character:
            run_length += 1
            continue
        yield from _run(run_character, run_length, squeeze)
        run_character, run_length = "", 0
        if shown is None:
            run_character, run_length = character, 1
        else:
            yield _Token(shown, 1)
    yield from _run(run_character, run_length, squeeze)


def _run(character: str, length: int, squeeze: bool) -> Iterator[_Token]:
    """Tokens of a run; a reversible channel (CSV) never squeezes."""
    if not length:
        return
    shown = character if character == " " else f"<U+{ord(character):04X}>"
    limit = _BLANKS if character == " " else _RUN
    if squeeze and length > limit:
        yield _Token(f"<U+{ord(character):04X} x{length:,}>", length)
    else:
        yield from (_Token(shown, 1) for _ in range(length))


def _escapes(text: str) -> Iterator[tuple[str | None, str]]:
    """Each character with what is shown for it; None when it can form a run (escapes and blanks)."""
    foreign = _lookalikes(text)
    marks = 0
    for index, character in enumerate(text):
        category = (
            "Ll" if character.isascii() and character.isprintable() else unicodedata.category(character)
        )
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hide = (
            character == " "
            or category in _HIDDEN
            or marks > _MARKS
            or ord(character) in _FULL_WIDTH
            or index in foreign
            or (category == "Zs" and character != " ")
            or (character == "<" and text.startswith("<U+", index))
        )
        yield (None if hide else character), character


def _lookalikes(text: str) -> frozenset[int]:
    """Positions of Greek and Cyrillic letters inside words that also hold Latin letters."""
    if text.isascii():
        return frozenset()
    return frozenset(
        index
        for word in _MIXED_WORD.finditer(text)
        for index in range(*word.span())
        if 0x0370 <= ord(text[index]) <= 0x052F
    )
