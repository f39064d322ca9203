"""What a leaf says of a field whose column is null: no value, or one of the texts that mean no value.

A column is null where the record has no such field, an empty one, a dash or the word null. A rule may ask for just
that difference, so a leaf that could tell them apart stays open until the record itself is read.
"""

from __future__ import annotations

from magistrate.sigma.folding import fold
from magistrate.sigma.guards import guard
from magistrate.sigma.places import TIDIED_VALUE
from magistrate.sigma.tree import LITERAL, Check, Leaf

_PATHS = frozenset({"Image", "ParentImage"})
_MOVED = frozenset({"User", "UserSid"})
_NULL_WORDS = ("-", "null", "(null)")
_PATH_WORDS = ("?", '"?"', '""')


def null_answer(leaf: Leaf, column: str) -> bool | None:
    """The answer of a leaf for every record whose column is null; None when records differ.

    Args:
        leaf: a leaf other than FIELD.
        column: a column that stands for the recorded field.
    """
    # Null too for what is no number and no truth value, and for a SID where a name belongs.
    if column in TIDIED_VALUE or column in _MOVED:
        return None
    if leaf.check in (Check.NULL, Check.EXISTS):
        return None
    needed = leaf.text if leaf.check in LITERAL else guard(leaf)
    if needed is None:
        # Addresses, numbers and times are none of these texts; a pattern without sure text may fit one.
        return None if leaf.check in (Check.PATTERN, Check.REGEX) else False
    words = _NULL_WORDS + (_PATH_WORDS if column in _PATHS else ())
    core = fold(needed).strip()
    return None if not core or any(core in word for word in words) else False
