"""Opens what evidence comes in: plain files, zip, tar, gzip, bzip2, xz and zstd, one inside the other.

The kind is told by content, never by name. Members are read as streams into unnamed spool files; a stored name is
only a label, so nothing in an archive can choose a path.
"""

from __future__ import annotations

import hashlib
import lzma
import stat
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magistrate.sources.base import Limits
    from magistrate.sources.seals import Seal
from magistrate.sources.seals import hash_stream
from magistrate.sources.unpacking import packing_kind, unpack

HEAD_BYTES = 65536
_BLOCK = 1 << 20
_SPOOL_MEMORY = 32 << 20
_RATIO_FROM = 1 << 20  # small members may be all one letter
_DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)


@dataclass(slots=True)
class Leaf:
    """A file that is no container, ready to be read. `notes` tell what became of it on the way."""

    label: str
    stream: BinaryIO
    sha256: str
    size_bytes: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or member that is not opened: what it is, why, and what to do."""

    label: str
    format: str
    reason: str
    hint: str | None = None
    sha256: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """A member that is rightly passed over, for example a folder of another system's metadata."""

    label: str
    text: str


Found = Leaf | Refusal | Remark


@dataclass(slots=True)
class Budget:
    """What one archive may still cost, members of members included."""

    limits: Limits
    work_dir: Path | None
    alive: Callable[[], None]
    bytes_left: int = field(init=False)
    members_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.bytes_left = self.limits.archive_total_bytes
        self.members_left = self.limits.archive_members


class _LimitError(Exception):
    """A limit of ours was hit; the text says which."""


def open_evidence(stream: BinaryIO, label: str, budget: Budget, known: Seal | None = None) -> Iterator[Found]:
    """Yield the files in a file: itself, or the members of the archive that it is.

    Leaves share their stream with this generator: use each before asking for the next. `known` saves hashing the
    file a second time.
    """
    sha256, size = (known.sha256, known.size_bytes) if known else hash_stream(stream, budget.alive)
    yield from _open(Leaf(label, stream, sha256, size), 0, budget)


def _open(leaf: Leaf, depth: int, budget: Budget) -> Iterator[Found]:
    head = leaf.stream.read(HEAD_BYTES)
    leaf.stream.seek(0)
    kind = packing_kind(head)
    if kind is None:
        yield leaf
        return
    if depth >= budget.limits.archive_depth:
        yield _refuse(leaf, kind, f"Archives are nested deeper than {budget.limits.archive_depth} levels.")
        return
    opener = {"zip": _open_zip, "tar": _open_tar}.get(kind)
    if opener is None:
        yield from _open_packed(leaf, kind, depth, budget)
    else:
        yield from opener(leaf, depth, budget)


def _open_zip(leaf: Leaf, depth: int, budget: Budget) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(leaf.stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        yield _refuse(leaf, "zip", "The zip archive is damaged: its list of members cannot be read.")
        return
    with archive:
        labels = _Labels(leaf.label)
        for info in archive.infolist():
            label = labels.of(info.filename)
            if info.is_dir():
                continue
            if problem := _zip_problem(info) or _name_problem(info.orig_filename):
                yield Refusal(label, "zip member", problem[0], problem[1])
            elif remark := _companion(info.filename):
                yield Remark(label, remark)
            else:
                opened = _zip_reader(archive, info)
                yield from _take_member(label, opened, max(info.compress_size, 1), depth, budget)


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)


def _zip_problem(info: zipfile.ZipInfo) -> tuple[str, str] | None:
    if info.flag_bits & 1:
        return "The member needs a password.", "Unpack it with the password, then give the log."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "The member is a link; links are not followed.", "Give the file it points to."
    return None


def _open_tar(leaf: Leaf, depth: int, budget: Budget) -> Iterator[Found]:
    labels = _Labels(leaf.label)
    try:
        archive = tarfile.TarFile(fileobj=leaf.stream, errors="backslashreplace")
    except (tarfile.TarError, ValueError, OSError, EOFError):
        yield _refuse(leaf, "tar", "The tar archive is damaged: it cannot be opened.")
        return
    with archive:
        while True:
            try:
                member = archive.next()
            except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError):
                yield Refusal(
                    leaf.label, "tar", "The tar archive is cut off or damaged; members before this were read."
                )
                return
            if member is None:
                return
            archive.members = []  # type: ignore[attr-defined] # or it grows with the archive; not in the stubs
            label = labels.of(member.name)
            if member.isdir():
                continue
            if not member.isreg():
                yield Refusal(
                    label,
                    "tar member",
                    "The member is a link, a device or a pipe; only plain files are read.",
                    "Give the file it stands for.",
                )
            elif problem := _name_problem(member.name):
                yield Refusal(label, "tar member", problem[0], problem[1])
            elif remark := _companion(member.name):
                yield Remark(label, remark)
            else:
                yield from _take_member(
                    label, _tar_reader(archive, member), max(member.size, 1), depth, budget
                )


def _tar_reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    return lambda: cast("IO[bytes]", archive.extractfile(member))


def _open_packed(leaf: Leaf, kind: str, depth: int, budget: Budget) -> Iterator[Found]:
    name = (
        Path(leaf.label).stem
        if Path(leaf.label).suffix.lower() in (".gz", ".bz2", ".xz", ".zst", ".tgz")
        else "content"
    )
    packed = unpack(leaf.stream, kind)
    yield from _take_member(
        f"{leaf.label}/{name}", lambda: cast("IO[bytes]", packed), max(leaf.size_bytes, 1), depth, budget
    )


def _take_member(
    label: str, opener: Callable[[], IO[bytes]], packed_bytes: int, depth: int, budget: Budget
) -> Iterator[Found]:
    """Unpack one member into a spool file and look what it is in turn."""
    budget.members_left -= 1
    if budget.members_left < 0:
        yield Refusal(
            label, "archive", f"The archive holds more than {budget.limits.archive_members} members."
        )
        return
    with tempfile.SpooledTemporaryFile(
        _SPOOL_MEMORY, dir=str(budget.work_dir) if budget.work_dir else None
    ) as spool:
        notes: list[str] = []
        try:
            sha256, size = _copy(opener, spool, packed_bytes, budget, notes)
        except _LimitError as error:
            yield Refusal(label, "archive member", str(error), "Unpack it yourself if you trust it.")
            return
        spool.seek(0)
        leaf = Leaf(label, cast("BinaryIO", spool), sha256, size, tuple(notes))
        yield from _open(leaf, depth + 1, budget)


def _copy(
    opener: Callable[[], IO[bytes]], spool: IO[bytes], packed_bytes: int, budget: Budget, notes: list[str]
) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    try:
        with opener() as source:
            while block := source.read(_BLOCK):
                size += len(block)
                budget.bytes_left -= len(block)
                if budget.bytes_left < 0:
                    raise _LimitError(
                        f"The archive unpacks to more than {budget.limits.archive_total_bytes} bytes."
                    )
                if size > _RATIO_FROM and size > packed_bytes * budget.limits.archive_ratio:
                    raise _LimitError(
                        f"The member unpacks to more than {budget.limits.archive_ratio} times its size."
                    )
                digest.update(block)
                spool.write(block)
                budget.alive()
            notes += getattr(source, "remarks", ())
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        lzma.LZMAError,
        tarfile.TarError,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ) as error:
        notes.append(
            f"Damaged or cut off after {size} bytes ({type(error).__name__}); the good part was read."
        )
    return digest.hexdigest(), size


class _Labels:
    """Labels of the members of one archive; a name that comes twice gets a number."""

    def __init__(self, parent: str) -> None:
        self._parent = parent
        self._seen: dict[str, int] = {}

    def of(self, name: str) -> str:
        label = f"{self._parent}/{plain_label(name)}"
        count = self._seen.get(label, 0) + 1
        self._seen[label] = count
        return label if count == 1 else f"{label}#{count}"


def plain_label(name: str) -> str:
    """A stored or found name as valid text: undecodable bytes become visible escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _name_problem(name: str) -> tuple[str, str] | None:
    """Why a stored name is a trap, although it is never used as a path."""
    parts = name.replace("\\", "/").split("/")
    first = parts[0]
    trapped = (
        ".." in parts
        or name.startswith(("/", "\\"))
        or (len(first) > 1 and first[1] == ":")
        or "\0" in name
        or any(part.split(".")[0].strip().lower() in _DEVICE_NAMES for part in parts)
    )
    if not trapped:
        return None
    return (
        "The member's name leads out of the archive or to a device.",
        "Ask who made the archive; unpack it by hand.",
    )


def _companion(name: str) -> str | None:
    """AppleDouble companions of macOS carry no log."""
    parts = name.split("/")
    if "__MACOSX" in parts or parts[-1].startswith("._"):
        return "Metadata of macOS (AppleDouble), not a log; passed over."
    return None


def _refuse(leaf: Leaf, kind: str, reason: str, hint: str | None = None) -> Refusal:
    return Refusal(
        leaf.label,
        kind,
        reason,
        hint or "Get a new copy, or unpack it by hand.",
        leaf.sha256,
        leaf.size_bytes,
    )
