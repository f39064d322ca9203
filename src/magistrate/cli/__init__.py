"""The command line: one module a command, at most argument parsing and printing."""

from magistrate.cli.entry import main

__all__ = ["main"]
