"""`magistrate context`: start, check and query the file of what the site knows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from magistrate.cli.options import UtcTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.context.model import Context
    from magistrate.context.proposal import Seen, SeenUse

_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))


@click.group("context")
def command() -> None:
    """Start, check or query the file of what the site knows."""


@command.command("init")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE instead of stdout."
)
@click.option(
    "--case",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="Propose the hosts, accounts and uses of WMI of this case, as comments to confirm.",
)
def init(output: Path | None, case: Path | None) -> None:
    """Write a new context file with every key explained.

    Nothing in it is in force until somebody takes the comment mark away. An existing file is never replaced.
    """
    from magistrate.context.proposal import starter_text
    from magistrate.errors import UsageError

    text = starter_text(_seen(case) if case else None)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"the file cannot be written ({error.strerror}).",
            location=str(output),
            hint="Choose another name; an existing file is never replaced.",
        ) from error
    click.echo(f"{output}: edit it, then run `magistrate context check {output}`.", err=True)


@command.command("check")
@_FILE
@click.option(
    "--today",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge expiry by this day; today when omitted.",
)
def check(file: Path, today: datetime | None) -> None:
    """Check a context file: every problem at once, then what is missing or about to lapse.

    The exit code is 4 when the file is wrong; advice alone leaves it 0.
    """
    from magistrate.context.advice import advise
    from magistrate.context.load import load_context
    from magistrate.report.defuse import for_terminal

    day = today.date() if today else _today()
    context = load_context(file, today=day)
    click.echo(for_terminal(f"{file.name}: no problems; {_parts(context)}."))
    for line in (*context.remarks, *advise(context, day)):
        click.echo(for_terminal(f"- {line}", limit=400))


@command.command("explain")
@_FILE
@click.argument("subject")
@click.option(
    "--at",
    metavar="T",
    type=UtcTime(),
    help="Judge hours, tickets and terms at this time; UTC unless it has a zone.",
)
@click.option(
    "--command",
    "used",
    metavar="TEXT",
    help="Say for each register entry whether it applies to this command.",
)
@click.option("--source", metavar="ADDRESS", help="With --command: the address or host it came from.")
@click.option("--host", metavar="HOST", help="With --command: the host it ran on.")
@click.option(
    "--parent", metavar="IMAGE", default="WmiPrvSE.exe", show_default=True, help="With --command: its parent."
)
@click.option("--sid", metavar="SID", help="With --command: the SID of SUBJECT.")
def explain(
    file: Path,
    subject: str,
    at: datetime | None,
    used: str | None,
    source: str | None,
    host: str | None,
    parent: str | None,
    sid: str | None,
) -> None:
    r"""Say what the context knows about a host, an address or an account.

    SUBJECT is a host name, an address, an account such as CORP\svc_inventory, or a SID. With --command it is the
    account that ran the command.
    """
    from magistrate.context.explain import explain_subject, explain_use
    from magistrate.context.load import load_context
    from magistrate.context.lookup import parse_address
    from magistrate.context.register import Use
    from magistrate.report.defuse import for_terminal

    context = load_context(file)
    lines = explain_subject(context, subject, at)
    if used is not None:
        is_sid = subject.upper().startswith("S-1-")
        address = source if parse_address(source) else None
        lines += explain_use(
            context,
            Use(
                host=host or "",
                utc=at,
                account_sid=subject if is_sid else sid,
                account=None if is_sid else subject,
                source_ip=address,
                source_host=None if address else source,
                parent=parent,
                command=used,
            ),
        )
    for line in lines:
        click.echo(for_terminal(line, limit=1_000))


def _today() -> date:
    return datetime.now(UTC).date()


def _parts(context: Context) -> str:
    from magistrate.report.wording import count

    return ", ".join(
        (
            count(len(context.assets), "asset"),
            count(len(context.accounts), "account"),
            count(len(context.management), "management source"),
            count(len(context.tickets), "ticket"),
            count(len(context.register), "register entry", "register entries"),
        )
    )


def _seen(case: Path) -> Seen:
    """What a case saw, read from its verdict.json.

    Raises:
        UsageError: there is no finished case in the folder.
    """
    from magistrate.context.proposal import Seen
    from magistrate.errors import UsageError

    try:
        verdict = json.loads((case / "verdict.json").read_text(encoding="utf-8"))
        stories = [story for story in verdict["stories"] if not story["background"]]
        hosts = sorted({item["host"] for item in verdict["coverage"]["hosts"]})
        accounts = sorted(
            {(a["name"], a["sid"]) for story in stories if (a := story["account"]) and a["name"]}
        )
        return Seen(tuple(hosts), tuple(accounts), tuple(_uses(stories, verdict["findings"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "there is no finished case here.", location=str(case), hint="Run `magistrate investigate` first."
        ) from error


def _uses(stories: list[dict[str, Any]], findings: list[dict[str, Any]]) -> Iterator[SeenUse]:
    """Processes that WMI started, each shape of each story once; none of a story with a decisive finding."""
    from magistrate.context.proposal import SeenUse

    for story in stories:
        own = [item for item in findings if item["story_id"] == story["id"]]
        if any(item["tier"] == "D" for item in own):
            continue
        account = story["account"] or {}
        codes = sorted({item["code"] for item in own if item["tier"] in ("S", "W")})
        for process in story["processes"]:
            if process["kind"] == "child" and process["command"]:
                yield SeenUse(
                    account.get("name"),
                    account.get("sid"),
                    story["source_ip"] or story["source_host"],
                    process["host"],
                    process["parent"],
                    process["command"],
                    tuple(codes),
                )
