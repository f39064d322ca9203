"""Options that several commands share, so that one name means the same everywhere."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Any], Any]


class UtcTime(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
    """A time in ISO 8601; one without a zone is taken as UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse it, or say what was expected."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-03-02T10:00:00Z.", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def jobs(text: str = "Worker processes that read logs; the result does not depend on it.") -> Decorator:
    """`--jobs N`, the number of processors when omitted, eight at most."""
    return click.option(
        "--jobs",
        metavar="N",
        type=click.IntRange(1, 64),
        default=lambda: min(os.cpu_count() or 1, 8),
        show_default="number of processors",
        help=text,
    )


def context(text: str) -> Decorator:
    """`--context FILE`; `text` says what the command takes from it."""
    return click.option(
        "--context", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help=text
    )


def sigma(text: str) -> Decorator:
    """`--sigma DIR`, any number of times; `text` says what the hits are used for."""
    return click.option(
        "--sigma", "sigma", metavar="DIR", multiple=True, type=click.Path(path_type=Path), help=text
    )


def output_format(*formats: str, text: str = "table for people, json for programs.") -> Decorator:
    """`--format`, the first of `formats` when omitted; the command gets it as `output_format`."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(list(formats)),
        default=formats[0],
        show_default=True,
        help=text,
    )


def output_file(text: str = "Write to this file instead of standard output.") -> Decorator:
    """`-o FILE`; the command gets it as `output`, None when omitted."""
    return click.option(
        "-o",
        "--output",
        "output",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help=text,
    )


def logs() -> Decorator:
    """`LOGS...`: files, folders and archives, at least one."""
    return click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))


def say(text: str) -> None:
    """Tell a person on stderr what is being done or what went wrong; the text may hold names from evidence."""
    from magistrate.report.defuse import for_terminal  # here and not above: `--help` needs no report

    click.echo(f"magistrate: {for_terminal(text)}", err=True)
