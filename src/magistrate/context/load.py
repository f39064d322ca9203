"""Reads the context file: what the site knows about its hosts, accounts, tickets and known-good uses of WMI."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from magistrate.context.model import AccountPurpose, Asset, Context, KnownGood, Ticket
from magistrate.errors import PlaybookError, UsageError
from magistrate.strict_yaml import Document, load_document

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from magistrate.context.entries import ContextFile, RegisterEntry
    from magistrate.context.tickets import TicketFile

MAX_BYTES = 8 << 20


def load_context(path: Path, *, today: date | None = None) -> Context:
    """Read one context file.

    Args:
        path: a YAML file with any of the keys zone, business_hours, business_days, holidays, management, assets,
            accounts, own_networks, usual_destinations, responders, tickets, tickets_from, holidays_from, register and
            cold_start_waiver. Files named in it are read from its folder.
        today: the day from which the term of a register entry is counted when the entry has no `approved` date;
            None leaves such entries unchecked. Pass a date of the case, not the clock, to keep results repeatable.

    Returns:
        The context. Expired register entries are kept: whether one applies depends on the time of the event, see
        `magistrate.context.register.entry_failures`.

    Raises:
        UsageError: there is no such file.
        PlaybookError: the file is wrong; the message lists every problem with its line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            "The context file cannot be read.",
            location=str(path),
            hint="Check the path given with --context.",
        ) from error
    if len(content) > MAX_BYTES:
        raise PlaybookError("The context file is larger than 8 MiB.", location=path.name, hint="Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlaybookError(
            "The context file is not UTF-8.", location=path.name, hint="Save it as UTF-8."
        ) from error
    return parse_context(text, path.name, today=today, folder=path.parent)


def parse_context(text: str, where: str, *, today: date | None = None, folder: Path | None = None) -> Context:
    """Read the text of a context file; `where` is its name, `folder` holds the files it names.

    Otherwise as `load_context`.

    Raises:
        PlaybookError: the text is wrong; the message lists every problem with its line.
    """
    document = load_document(text, where)
    checked, problems = _check(document, today)
    if checked is not None:
        problems += _repeats(document, checked)
    files = _Files()
    if checked is not None and not problems:
        files = _read_files(checked, document, folder)
        problems += files.problems
    if checked is None or problems:
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        raise PlaybookError(
            f"The context file has {count}:\n  " + "\n  ".join(problems) + "\n",
            location=where,
            hint="Correct them and run again; nothing of the file was used.",
        )
    return _context(checked, document, files)


@dataclass(slots=True)
class _Files:
    """What the files named in a context file gave."""

    tickets: list[Ticket] = field(default_factory=list)
    holidays: list[date] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _read_files(checked: ContextFile, document: Document, folder: Path | None) -> _Files:
    """Read the ticket lists and calendars that a context file names."""
    from magistrate.context import tickets as reading  # here and not above: most files name none

    files = _Files()
    for key, names in (("tickets_from", checked.tickets_from), ("holidays_from", checked.holidays_from)):
        for number, name in enumerate(names):
            content, problem = _content(folder, name)
            if problem is not None:
                files.problems.append(f"{document.location((key, number))}: {key}[{number}]: {problem}")
            elif key == "holidays_from":
                days, problems = reading.holidays_from_calendar(content, name)
                files.holidays += days
                files.problems += problems
            elif name.lower().endswith(".ics"):
                _add(files, reading.tickets_from_calendar(content, name, checked.zone), name)
            else:
                _add(files, reading.tickets_from_csv(content.decode("utf-8-sig", "replace"), name), name)
    return files


def _add(files: _Files, found: TicketFile, name: str) -> None:
    files.tickets += found.tickets
    files.problems += found.problems
    if found.left_out:
        total = found.left_out + len(found.tickets)
        files.remarks.append(
            f"{name}: {found.left_out} of {total} calendar entries name no hosts or no accounts and were left out"
        )


def _content(folder: Path | None, name: str) -> tuple[bytes, str | None]:
    if folder is None:
        return b"", "files can be named only in a context file that lies in a folder"
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        return b"", f"{name!r} cannot be read ({error.strerror or 'not found'})"
    return content, f"{name!r} is larger than 8 MiB" if len(content) > MAX_BYTES else None


def _check(document: Document, today: date | None) -> tuple[ContextFile | None, list[str]]:
    """Check the form of the file; give the checked file, or None and its problems."""
    from pydantic import ValidationError  # here and not above: slow to load, and most runs have no context

    from magistrate.context.entries import ContextFile  # as above

    if document.value is None:
        return ContextFile(), []
    try:
        return ContextFile.model_validate(document.value, context={"today": today}), []
    except ValidationError as error:
        return None, [_sentence(document, item) for item in error.errors()]


def _sentence(document: Document, item: Any) -> str:
    """One problem as `file:line: key: what was expected`."""
    path = tuple(
        step for step in item["loc"] if isinstance(step, int) or step in _keys(document, item["loc"])
    )
    words = {
        "missing": "is missing",
        "extra_forbidden": "is not a known key",
        "string_type": "must be text; put it in quotes",
        "int_type": "must be a whole number",
        "tuple_type": "must be a list",
        "too_short": "must not be empty",
        "model_type": "must hold keys and values",
        "model_attributes_type": "must hold keys and values",
    }
    what = words.get(item["type"], str(item["msg"]).removeprefix("Value error, "))
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in item["loc"]).lstrip(".")
    return f"{document.location(path)}: {name}: {what}" if name else f"{document.location()}: {what}"


def _keys(document: Document, loc: Iterable[str | int]) -> frozenset[str]:
    """Text steps of a place that are keys of the file; a checker may add steps of its own."""
    known = {step for path in document.lines for step in path if isinstance(step, str)}
    return frozenset(step for step in loc if isinstance(step, str) and step in known)


def _repeats(document: Document, checked: ContextFile) -> list[str]:
    """Problems of ids that are used twice."""
    problems: list[str] = []
    for key, names in (
        ("register", [entry.id for entry in checked.register_]),
        ("tickets", [entry.id for entry in checked.tickets]),
        ("assets", [entry.name.lower() for entry in checked.assets]),
    ):
        for number, name in enumerate(names):
            if name in names[:number]:
                problems.append(
                    f"{document.location((key, number))}: {key}[{number}]: {name!r} is used twice"
                )
    return problems


def _context(checked: ContextFile, document: Document, files: _Files) -> Context:
    return Context(
        source=document.where,
        register=tuple(
            _known_good(entry, document.location(("register", number)))
            for number, entry in enumerate(checked.register_)
        ),
        management=checked.management,
        assets=tuple(Asset(**entry.model_dump()) for entry in checked.assets),
        accounts=tuple(AccountPurpose(**entry.model_dump()) for entry in checked.accounts),
        tickets=tuple(
            Ticket(
                **(
                    entry.model_dump()
                    | {"start": entry.start.astimezone(UTC), "end": entry.end.astimezone(UTC)}
                )
            )
            for entry in checked.tickets
        )
        + tuple(files.tickets),
        own_networks=checked.own_networks,
        usual_destinations=checked.usual_destinations,
        responders=checked.responders,
        zone=checked.zone,
        business_hours=checked.business_hours,
        business_days=checked.business_days,
        holidays=(*checked.holidays, *files.holidays),
        cold_start_waiver=checked.cold_start_waiver,
        remarks=tuple(files.remarks),
    )


def _known_good(entry: RegisterEntry, location: str) -> KnownGood:
    return KnownGood(
        id=entry.id,
        purpose=entry.purpose,
        account_sid=entry.account_sid,
        account_name=entry.account_name,
        sources=entry.sources,
        target_role=entry.targets.role,
        targets=entry.targets.hosts,
        exclude_tags=entry.targets.exclude_tags,
        parent=entry.parent,
        shape=entry.shape,
        hours=entry.hours,
        excuses=entry.excuses,
        owner=entry.owner,
        ticket=entry.ticket,
        approved_by=entry.approved_by,
        approved=entry.approved,
        expires=entry.expires,
        location=location,
    )
