"""One case as a shift hands it over: the verdict, and what people have said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.report.view import View


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case for the hand-over.

    `folder` is the name of its folder, a label only. `owner`, `promises` and `due` come from people; they are empty
    where nobody has said anything. `closed` is True when a person or the verdict has closed it.
    """

    folder: str
    view: View
    closed: bool
    owner: str = ""
    due: str = ""
    promises: tuple[str, ...] = ()
