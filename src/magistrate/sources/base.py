"""What passes between readers, the normaliser and intake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

from magistrate.events.evidence import ReadIssue
from magistrate.sources.seals import Seal  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from magistrate.sources.guard import Guard


@dataclass(slots=True)
class RawRecord:
    """One record as a reader found it, before any mapping.

    `data` holds the event data with the recorded names; unnamed values are `param1`, `param2` and so on.
    `event_name` is the kind of event for products that name theirs instead of numbering them; `event_id` is
    `UNKNOWN_EVENT` then. `raw` is the record's text as read. `times` holds the candidate time texts by the name of
    their field, for example {"TimeCreated": "2020-08-06T07:56:41.349Z"}; the normaliser chooses.
    `content` is the part of `raw` that holds the event's own data, where the reader can cut it out, and `is_plain`
    says that it is one JSON object of those fields and nothing else. `system` is a JSON object of the System fields
    that have no column, and `can_be_reread` says that `raw` need not be kept: the locator finds it again.
    `recovered` marks a record from slack, outside the area that the log calls used.
    """

    channel: str
    provider: str
    event_id: int
    computer: str
    record_id: int | None
    times: Mapping[str, str]
    data: Mapping[str, str | None]
    raw: str
    locator: str
    version: int | None = None
    message: str | None = None
    logger_sid: str | None = None
    logger_pid: int | None = None
    notes: tuple[str, ...] = ()
    event_name: str = ""
    content: bytes | None = field(default=None, compare=False)
    is_plain: bool = field(default=False, compare=False)
    system: str = "{}"
    can_be_reread: bool = False
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class ReadNote:
    """Something about a file that cost no record: its encoding, a wrong header, records in slack.

    `recovered` is how many records outside the area that the log calls used are only counted, `duplicate` how many
    repeat another record of the same chunk.
    """

    text: str
    recovered: int = 0
    duplicate: int = 0


EventText = tuple[str, int, int, int]
"""An event as text, number of its chunk, its place in the file, and the FILETIME of its frame."""


@dataclass(frozen=True, slots=True)
class EventTexts:
    """Events as texts that nobody has looked into yet; `read` makes one of them a record, or the issue it is."""

    entries: list[EventText]
    read: Callable[[EventText], RawRecord | ReadIssue]


ReadItem = RawRecord | ReadIssue | ReadNote


@runtime_checkable
class RecoveringReader(Protocol):
    """A reader of a format that can hold records outside what it calls used."""

    def recovering(self) -> Reader:
        """The same reader, which also yields those records, marked as recovered."""
        ...


class Reader(Protocol):
    """Reads one file format. A module in `readers/` offers one instance as `READER`."""

    name: str

    def configured(self, limits: Limits, guard: Guard) -> Reader:
        """The same reader with these limits, announcing its units of work to the guard."""
        ...

    def recognises(self, head: bytes) -> bool:
        """Tell from the first 64 KiB whether the stream is of this format."""
        ...

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield every record or the issue that stands for it; never raise for bad content.

        The stream is seekable and positioned at its start.
        """
        ...


@runtime_checkable
class TextReader(Protocol):
    """A reader that can also give many events at once, as texts."""

    def read_texts(self, stream: BinaryIO, label: str) -> Iterator[ReadItem | EventTexts]:
        """As `Reader.read`; events about which nothing needs saying come as texts."""
        ...


@runtime_checkable
class PlaceReader(Protocol):
    """A reader whose locators find a record again."""

    def read_at(self, stream: BinaryIO, places: Collection[int]) -> dict[int, str]:
        """The raw texts of the records that begin at these byte offsets, as far as they can be read."""
        ...


@dataclass(frozen=True, slots=True)
class FileIntake:
    """What became of one evidence file or archive member.

    found = loaded + duplicate + recovered + bad + refused, always. `found` comes from an independent count
    (frames for EVTX, record starts for JSON) where the format has one. `recovered` are records in slack;
    `recovered_read` of them were read and are in the store. `outside_window` counts loaded records that --from/--to
    set aside.
    """

    file: str
    sha256: str
    size_bytes: int
    format: str
    found: int = 0
    loaded: int = 0
    duplicate: int = 0
    recovered: int = 0
    bad: int = 0
    refused: int = 0
    outside_window: int = 0
    reason: str | None = None
    notes: tuple[str, ...] = ()
    recovered_read: int = 0


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of everything the user named, sorted by file label. `seals` tell what the evidence was then."""

    files: tuple[FileIntake, ...] = ()
    issues: tuple[ReadIssue, ...] = ()
    notes: tuple[str, ...] = ()
    seals: tuple[Seal, ...] = ()

    @property
    def records_found(self) -> int:
        """Records found in all files."""
        return sum(item.found for item in self.files)

    @property
    def records_loaded(self) -> int:
        """Records loaded from all files."""
        return sum(item.loaded for item in self.files)

    @property
    def records_recovered(self) -> int:
        """Records read from slack, of all files; they are in the store, labelled."""
        return sum(item.recovered_read for item in self.files)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for foreign bytes; each is printed when it is hit. Source: threat model, default limits."""

    worker_seconds: float = 10.0
    worker_seconds_per_10_mib: float = 1.0
    worker_memory_bytes: int = 1 << 30
    line_bytes: int = 16 << 20
    json_depth: int = 128
    archive_total_bytes: int = 50 << 30
    archive_ratio: int = 1000
    archive_depth: int = 4
    archive_members: int = 100_000
    keys_per_record: int = 2_000


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How to take evidence in.

    `keep_all` also stores the events that no mapping knows, in the category `other`; without it they are counted.
    `resume_dir` is a folder for what was read until the store is complete: with it a run after a kill goes on, and
    a run over the same evidence reads nothing again. `passwords` are tried on locked archives. `zone` is the time
    zone of times that name none (see `times.zone_named`); UTC without it.
    `recover` also reads the records in slack, labelled; without it they are counted.
    """

    jobs: int = 1
    window_from: datetime | None = None
    window_to: datetime | None = None
    limits: Limits = field(default_factory=Limits)
    work_dir: Path | None = None
    resume_dir: Path | None = None
    passwords: tuple[str, ...] = field(default=(), repr=False)
    keep_all: bool = False
    zone: str | None = None
    recover: bool = False
