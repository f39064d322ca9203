"""What a leaf says of a field whose column is null: no value, or one of the texts that mean no value.

A column is null where the record has no such field, an empty one, a dash or the word null. A rule may ask for just
that difference, so a leaf that could tell them apart stays open until the record itself is read.
"""

from __future__ import annotations

from magistrate.sigma.guards import guard
from magistrate.sigma.places import TIDIED_VALUE
from magistrate.sigma.tree import LITERAL, Check, Leaf
from magistrate.sigma.values import Values, holds

_FORMS: tuple[Values, ...] = (
    (), (None,), ("",), (" ",), ("\t",), ("\r\n",), ("-",), (" - ",), ("null",), ("NULL",), ("(null)",),
)  # fmt: skip
_PATH_FORMS: tuple[Values, ...] = (("?",), ('""',), ('"?"',), ('" "',), (" ? ",))
_PATHS = frozenset({"Image", "ParentImage"})
_MOVED = frozenset({"User", "UserSid"})
_LONGEST_WORD = len("(null)")
_NULL_WORDS = "(null) - NULL"


def null_answer(leaf: Leaf, column: str) -> bool | None:
    """The answer of a leaf for every record whose column is null; None when records differ.

    Args:
        leaf: a leaf other than FIELD.
        column: a column that stands for the recorded field.
    """
    # Null too for what is no number and no truth value, and for a SID where a name belongs.
    if column in TIDIED_VALUE or column in _MOVED:
        return None
    if leaf.check in LITERAL and len(leaf.text) > _LONGEST_WORD:
        return False
    forms = _FORMS + (_PATH_FORMS if column in _PATHS else ())
    answers = {holds(leaf, values) for values in forms}
    if len(answers) > 1:
        return None
    if leaf.check in LITERAL and leaf.text.strip() and len(leaf.text) <= 2 and column in _PATHS:
        return None
    if leaf.check in LITERAL:
        return answers.pop() if leaf.text.strip() else None
    if leaf.check in (Check.PATTERN, Check.REGEX):
        needed = guard(leaf)
        if needed is None or not needed.strip() or needed.strip() in _NULL_WORDS.lower():
            return None
    return answers.pop()
