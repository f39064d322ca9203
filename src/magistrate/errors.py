"""Every error class of Magistrate.

MagistrateError               message, hint, location where known           exit 1
  UsageError                  wrong arguments or paths                      exit 2
  SourceError                 an input cannot be read at all                exit 3
    UnsupportedFormatError    nothing here reads this kind of file
  PlaybookError               a content file is wrong                       exit 4
  StoreError                  the event store failed                        exit 5
    SchemaVersionError        the case was made by another version
    QueryError                which indicator or question, which column
  ExportError                 a report could not be written                 exit 6

A bad *record* is data (`magistrate.events.evidence.ReadIssue`), never an exception.
"""

from __future__ import annotations


class MagistrateError(Exception):
    """What happened, where, and what to do next.

    Args:
        message: what happened, in one sentence.
        location: the file, line or record, where known.
        hint: what the reader can do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, location: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        then = f" {self.hint}" if self.hint else ""
        return f"{where}{self.message}{then}"


class UsageError(MagistrateError):
    """Wrong arguments or paths."""

    exit_code = 2


class SourceError(MagistrateError):
    """An input cannot be read at all."""

    exit_code = 3


class UnsupportedFormatError(SourceError):
    """Nothing here reads this kind of file."""


class PlaybookError(MagistrateError):
    """A content file (playbook, context, mapping) is wrong."""

    exit_code = 4


class StoreError(MagistrateError):
    """The event store failed."""

    exit_code = 5


class SchemaVersionError(StoreError):
    """The case was made by another version."""


class QueryError(StoreError):
    """A query of an indicator or question failed; the location names it."""


class ExportError(MagistrateError):
    """A report could not be written."""

    exit_code = 6
