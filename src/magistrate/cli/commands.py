"""The root command. A command's module is imported only when the command runs, so that `--help` stays fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import rich_click as click

from magistrate import __version__

# Name, module and the first line of the command's help; a test holds the two lines in step.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("investigate", "magistrate.cli.investigate", "Examine Windows logs and decide on a WMI alert."),
    (
        "coverage",
        "magistrate.cli.coverage",
        "Say what logs could and could not show, and what opens the rest.",
    ),
    (
        "detect",
        "magistrate.cli.detect",
        "Try Sigma rules and the built-in signals on logs, and list the hits.",
    ),
    ("case", "magistrate.cli.case", "Show and check cases; add notes, answers and verdicts of people."),
    ("explain", "magistrate.cli.explain", "Say how a verdict came about, down to records."),
    ("replay", "magistrate.cli.replay", "Decide an old case once more as of today, and say what changed."),
    ("show", "magistrate.cli.show", "Show one record: where it lies and what it says."),
    ("timeline", "magistrate.cli.timeline", "Show what happened in a case, in order of time."),
    (
        "tree",
        "magistrate.cli.tree",
        "Show the processes of each session as trees, the source before its targets.",
    ),
    ("graph", "magistrate.cli.graph", "Show which account went from which source to which target."),
    ("plan", "magistrate.cli.plan", "Print the response plan of a case; nothing is run."),
    ("export", "magistrate.cli.export", "Give out a case as a note, a table, a bundle or a ticket."),
    ("evaluate", "magistrate.cli.evaluate", "Measure verdicts against a labelled manifest."),
    ("learn", "magistrate.cli.learn", "Learn what is usual from clean logs or from cases closed as benign."),
    ("context", "magistrate.cli.context", "Start, check or query the file of what the site knows."),
    ("formats", "magistrate.cli.formats", "List what is read, and what each format can and cannot answer."),
    ("rules", "magistrate.cli.rules", "Check Sigma rules."),
    ("playbook", "magistrate.cli.playbook", "List, show or check the playbooks."),
)


def load_command(module: str, name: str) -> click.Command:
    """Import a command; its module offers it as `command` or under its own name."""
    loaded = import_module(module)
    found = getattr(loaded, "command", None) or getattr(loaded, name)
    if not isinstance(found, click.Command):
        raise TypeError(f"{module} offers no command")
    return found


class LazyCommand(click.RichCommand):
    """Stands for a command in listings; the real one is imported when it is called."""

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name=name, short_help=summary, help=summary)
        self.module = module

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Hand over to the real command."""
        return load_command(self.module, str(self.name)).make_context(info_name, args, parent=parent, **extra)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="magistrate %(version)s")
def root() -> None:
    """Examine a WMI alert (ATT&CK T1047): raw Windows logs in, a defended decision out.

    Everything runs on this machine; evidence is opened read-only and nothing is sent anywhere.
    """


for _name, _module, _summary in COMMANDS:
    root.add_command(LazyCommand(_name, _module, _summary))
