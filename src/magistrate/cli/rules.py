"""`magistrate rules`: check Sigma rules before they are used."""

from __future__ import annotations

import json
from pathlib import Path

import rich_click as click

from magistrate.cli import options


@click.group("rules")
def command() -> None:
    """Check Sigma rules."""


@command.command("check")
@click.argument("paths", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.output_format("table", "json")
def check(paths: tuple[Path, ...], output_format: str) -> int:
    """Read Sigma rules and print every one that cannot be used, with file, line and reason.

    The exit code is 4 when there is one. `magistrate detect` and `magistrate investigate` go on with the others: one
    broken rule costs one rule.
    """
    from magistrate.errors import PlaybookError
    from magistrate.report.defuse import for_terminal
    from magistrate.sigma import load_rules

    rules = load_rules(paths)
    if output_format == "json":
        rows = [
            {"path": item.path, "line": item.line, "id": item.id, "title": item.title, "reason": item.reason}
            for item in rules.refused
        ]
        summary = {
            "files": rules.files,
            "rules": len(rules.rules),
            "correlations": len(rules.correlations),
            "refused": rows,
            "digest": rules.digest,
        }
        click.echo(json.dumps(summary, indent=2, ensure_ascii=True))
    else:
        for item in rules.refused:
            title = f" ({item.title})" if item.title else ""
            click.echo(for_terminal(f"{item.path}:{item.line}: {item.reason}{title}", 2_000))
        click.echo(
            f"{_count(rules.files, 'file')}: {_count(len(rules.rules), 'rule')} and "
            f"{_count(len(rules.correlations), 'correlation')} can be used, {_count(len(rules.refused), 'rule')} refused."
        )
    return PlaybookError.exit_code if rules.refused else 0


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
