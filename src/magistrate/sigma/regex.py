"""Regular expressions in an engine that needs linear time whatever the text (RE2, through Arrow).

Sigma promises the syntax of PCRE. What RE2 cannot do in linear time (look-around, back-references) or in bounded
memory (large counted repetitions) refuses the rule by name. `$` without the flag m is the very end of the text.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class RegexError(ValueError):
    """The expression cannot be compiled for linear time; the text says why."""


def check_regex(text: str, flags: Iterable[str] = ()) -> str:
    """The expression with its flags, once it is sure that the engine takes it.

    Raises:
        RegexError: the engine refuses it.
    """
    letters = "".join(sorted(flags))
    expression = f"(?{letters}){text}" if letters else text
    pa, compute = _arrow()
    try:
        compute.match_substring_regex(pa.array([""]), pattern=expression)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        reason = str(error).removeprefix("Invalid regular expression: ").splitlines()
        raise RegexError(
            f"the regular expression {text[:80]!r} cannot run in linear time: {reason[0][:120] if reason else 'refused'}"
        ) from error
    return expression


def is_found(expression: str, value: str) -> bool:
    """Tell whether the expression is found in a text."""
    pa, _ = _arrow()
    return bool(search(expression, pa.array([value], pa.string())))


def search(expression: str, values: Any) -> list[int]:
    """Places of the values of an Arrow array of text in which the expression is found."""
    _, compute = _arrow()
    found: list[int] = compute.indices_nonzero(
        compute.match_substring_regex(values, pattern=expression)
    ).to_pylist()
    return found


@cache
def _arrow() -> tuple[Any, Any]:
    import pyarrow as pa  # here and not above: slow to load
    import pyarrow.compute as compute

    return pa, compute
