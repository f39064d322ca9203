"""The entry point: runs a command and turns every failure into one clear sentence on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from magistrate.cli.commands import root
from magistrate.errors import MagistrateError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process when omitted.

    Returns:
        The exit code: 0 done, 1 internal error, 2-6 by the class of the error, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = root.main(args=arguments, prog_name="magistrate", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "magistrate"
        return _fail(f"{where}: {error.format_message()} See '{where} --help'.", 2)
    except click.ClickException as error:
        return _fail(f"magistrate: {error.format_message()}", error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail(
            "magistrate: interrupted; a case in the making is not complete. Run the same command again: what was "
            "read already is used.",
            INTERRUPTED,
        )
    except MagistrateError as error:
        return _fail(f"magistrate: {error}", error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; what is still buffered must not raise at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the outer face: a person gets a sentence, not a traceback
        text = f"magistrate: internal error ({type(error).__name__}): {error}."
        return _fail(f"{text} Run again with MAGISTRATE_DEBUG=1 and report what it prints.", 1)
    return code if isinstance(code, int) else 0


def _fail(sentence: str, code: int) -> int:
    from magistrate.report.defuse import for_terminal

    if os.environ.get("MAGISTRATE_DEBUG") == "1":
        print(for_terminal_lines(traceback.format_exc()), file=sys.stderr)
    print(for_terminal(sentence, limit=2_000), file=sys.stderr)
    return code


def for_terminal_lines(text: str) -> str:
    """A text of several lines, each made inert."""
    from magistrate.report.defuse import for_terminal

    return "\n".join(for_terminal(line, limit=2_000) for line in text.splitlines())
