"""What `timeline`, `tree` and `graph` share: the case, the filters and how the view of a case is read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from magistrate.cli.case_folder import read_finished
from magistrate.cli.options import UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from magistrate.report.view import View

_SPAN = re.compile(r"(\d{1,6})\s*(s|m|min|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
LEVELS = ("informational", "low", "medium", "high", "critical")


class Span(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A length of time such as 90s, 30m, 2h or 7d."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse it, or say what was expected."""
        found = _SPAN.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not a length of time such as 90s, 30m, 2h or 7d.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


def case_argument() -> Callable[[Any], Any]:
    """`CASE`, the folder of a case."""
    return click.argument("case", type=click.Path(path_type=Path, file_okay=False))


def filters() -> Callable[[Any], Any]:
    """`--host`, `--account`, `--from`, `--to`, `--last` and `--min-level`; the command gets them as one `chosen`."""
    chosen = [
        click.option("--host", "hosts", metavar="NAME", multiple=True, help="Only this host; a part of its name is enough. May be given more than once."),
        click.option("--account", "accounts", metavar="NAME", multiple=True, help="Only this account; as --host."),
        click.option("--from", "first", metavar="T", type=UtcTime(), help="Nothing before this time; ISO 8601, UTC unless it has a zone."),
        click.option("--to", "last", metavar="T", type=UtcTime(), help="Nothing after this time; as --from."),
        click.option("--last", "within", metavar="SPAN", type=Span(), help="Only the end of the case: 90s, 30m, 2h or 7d before its last entry."),
        click.option("--min-level", type=click.Choice(LEVELS), default=LEVELS[0], show_default=True, help="Nothing below this level: decisive findings are critical, strong ones high, weak ones low."),
    ]  # fmt: skip

    def decorate(command: Callable[..., int]) -> Any:
        @wraps(command)
        def filtered(
            *,
            hosts: tuple[str, ...],
            accounts: tuple[str, ...],
            first: datetime | None,
            last: datetime | None,
            within: timedelta | None,
            min_level: str,
            **others: Any,
        ) -> int:
            from magistrate.report.timeline_view import Filter  # here and not above: `--help` needs no report

            return command(chosen=Filter(hosts, accounts, first, last, within, min_level), **others)

        return reduce(lambda inner, option: option(inner), reversed(chosen), filtered)

    return decorate


def view_of(case: Path) -> View:
    """The view of a finished case.

    Raises:
        UsageError: the folder is no case, or the case is not complete.
        SourceError: its verdict cannot be read or was changed.
    """
    from magistrate.report.read_view import read_view  # as above

    read_finished(case)
    return read_view(case)
