"""`magistrate formats`: what is read, how it is recognised, and what it can and cannot answer."""

from __future__ import annotations

import json
import shutil
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.sources.formats import Format, Gives

NARROWEST = 40
WIDEST = 110
_HEADINGS = {
    "events": "Events of hosts",
    "network": "Records of a network sensor: both ends, no processes",
    "alerts": "Alerts of other tools: pointers to records, never proof of coverage",
    "nothing": "Recognised and refused",
}


@click.command("formats")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="table for people, json for programs.",
)
def command(output_format: str) -> None:
    """List what is read, and what each format can and cannot answer.

    A format is told by its content, never by a file's name. Folders and archives are opened.
    """
    from magistrate.sources.formats import Gives, all_formats

    found = all_formats()
    if output_format == "json":
        click.echo(json.dumps([asdict(item) for item in found], indent=2, ensure_ascii=False))
        return
    width = max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, WIDEST))
    for gives in Gives:
        members = [item for item in found if item.gives is gives]
        for line in _section(gives, members, width):
            click.echo(line)


def _section(gives: Gives, members: list[Format], width: int) -> Iterator[str]:
    yield _HEADINGS[gives]
    yield ""
    for item in members:
        yield f"  {item.name}: {item.title}"
        rows = [("told by", item.recognised_by), ("answers", item.answers), ("not", item.cannot)]
        for label, text in rows:
            yield from textwrap.wrap(
                text,
                width,
                initial_indent=f"    {label:<8} ",
                subsequent_indent=" " * 13,
                break_long_words=False,
            )
        yield ""
