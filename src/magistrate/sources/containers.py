"""Opens what evidence comes in: plain files, zip, 7z, tar, gzip, bzip2, xz and zstd, one inside the other.

The kind is told by content, never by name. Members are read as streams into unnamed spool files; a stored name is
only a label, so nothing in an archive can choose a path.
"""

from __future__ import annotations

import hashlib
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from magistrate.sources.archive_members import Content, Fault, Keys, Member
from magistrate.sources.seals import hash_stream
from magistrate.sources.sevenzip import sevenzip_members
from magistrate.sources.tar_archive import tar_members
from magistrate.sources.unpacking import packing_kind, unpack
from magistrate.sources.zip_archive import zip_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magistrate.sources.base import Limits
    from magistrate.sources.seals import Seal

HEAD_BYTES = 65536
_BLOCK = 1 << 20
_SPOOL_MEMORY = 32 << 20
_RATIO_FROM = 1 << 20  # small members may be all one letter
_DEVICE_NAMES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
_PACKED_SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst", ".tgz", ".tbz", ".txz"})
_OPENERS: dict[str, Callable[[IO[bytes], Keys], Iterator[Content]]] = {
    "zip": zip_members,
    "tar": tar_members,
    "7z": sevenzip_members,
}


@dataclass(slots=True)
class Leaf:
    """A file that is no container, ready to be read.

    `losses` tell what of it was lost on the way: a cut archive, bytes that nobody could read.
    """

    label: str
    stream: BinaryIO
    sha256: str
    size_bytes: int
    losses: tuple[str, ...] = ()


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
    """What one archive may still cost, members of members included.

    `enter` announces a step that could hang and tells whether it may be taken, `alive` is a sign of life within it.
    """

    limits: Limits
    work_dir: Path | None
    alive: Callable[[], None]
    enter: Callable[[str, int], bool] = lambda _unit, _size: True
    keys: Keys = field(default_factory=Keys)
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

    Raises:
        OSError: a member cannot be written aside.
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
    for loss in leaf.losses:
        yield _refuse(leaf, kind, loss)
    if depth >= budget.limits.archive_depth:
        yield _refuse(leaf, kind, f"Archives are nested deeper than {budget.limits.archive_depth} levels.")
    elif not budget.enter(f"archive {leaf.label}", leaf.size_bytes):
        yield _refuse(leaf, kind, "Opening the archive took longer or needed more memory than the limit.")
    elif kind in _OPENERS:
        yield from _open_archive(leaf, kind, depth, budget)
    else:
        yield from _open_packed(leaf, kind, depth, budget)


def _open_archive(leaf: Leaf, kind: str, depth: int, budget: Budget) -> Iterator[Found]:
    labels = _Labels(leaf.label)
    for item in _OPENERS[kind](leaf.stream, budget.keys):
        if isinstance(item, Fault):
            yield _refuse(leaf, kind, item.reason, item.hint)
            continue
        label = labels.of(item.name)
        if problem := item.problem or _name_problem(item.name):
            yield Refusal(label, f"{kind} member", problem[0], problem[1])
        elif remark := _companion(item.name):
            yield Remark(label, remark)
        elif item.open is not None:
            yield from _take_member(label, item, depth, budget)


def _open_packed(leaf: Leaf, kind: str, depth: int, budget: Budget) -> Iterator[Found]:
    name = Path(leaf.label)
    inner = name.stem if name.suffix.lower() in _PACKED_SUFFIXES else "content"
    packed = unpack(leaf.stream, kind)
    member = Member(inner, max(leaf.size_bytes, 1), lambda: cast("IO[bytes]", packed))
    yield from _take_member(f"{leaf.label}/{inner}", member, depth, budget)


def _take_member(label: str, member: Member, depth: int, budget: Budget) -> Iterator[Found]:
    """Unpack one member into a spool file and look what it is in turn."""
    budget.members_left -= 1
    if budget.members_left < 0:
        yield Refusal(
            label, "archive", f"The archive holds more than {budget.limits.archive_members} members."
        )
        return
    if not budget.enter(f"member {label}", 0):
        reason = "Unpacking the member took longer or needed more memory than the limit."
        yield Refusal(label, "archive member", reason, "Unpack it by hand.")
        return
    work_dir = str(budget.work_dir) if budget.work_dir else None
    with tempfile.SpooledTemporaryFile(_SPOOL_MEMORY, dir=work_dir) as spool:
        losses: list[str] = []
        try:
            sha256, size = _copy(member, spool, budget, losses)
        except _LimitError as error:
            yield Refusal(label, "archive member", str(error), "Unpack it yourself if you trust it.")
            return
        spool.seek(0)
        leaf = Leaf(label, cast("BinaryIO", spool), sha256, size, tuple(losses))
        yield from _open(leaf, depth + 1, budget)


def _copy(member: Member, spool: IO[bytes], budget: Budget, losses: list[str]) -> tuple[str, int]:
    """Hash and length of what could be unpacked.

    Raises:
        OSError: the spool cannot be written; errors of the member end it with a loss.
    """
    digest = hashlib.sha256()
    size = 0
    for block in _blocks(member, losses):
        size += len(block)
        budget.bytes_left -= len(block)
        if budget.bytes_left < 0:
            raise _LimitError(f"The archive unpacks to more than {budget.limits.archive_total_bytes} bytes.")
        if size > _RATIO_FROM and size > member.packed_bytes * budget.limits.archive_ratio:
            raise _LimitError(
                f"The member unpacks to more than {budget.limits.archive_ratio} times its size."
            )
        digest.update(block)
        spool.write(block)
        budget.alive()
    return digest.hexdigest(), size


def _blocks(member: Member, losses: list[str]) -> Iterator[bytes]:
    """The content of a member up to where it is damaged."""
    size = 0
    try:
        with cast("Callable[[], IO[bytes]]", member.open)() as source:
            while block := source.read(_BLOCK):
                size += len(block)
                yield block
            losses += getattr(source, "remarks", ())
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
        MemoryError,
    ) as error:
        losses.append(
            f"Damaged or cut off after {size} bytes ({type(error).__name__}); the good part was read."
        )


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
