"""Opens 7z archives through py7zr, which pushes members; here they become streams to read.

Members are told apart by their number: py7zr's ways by name refuse a whole archive for one strange name.
"""

from __future__ import annotations

import queue
import threading
from functools import partial
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any, cast

from magistrate.sources.archive_members import Content, DamagedError, Fault, Member

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.sources.archive_members import Keys

_BROKEN_BLOCKS_MOST = 20
"""Each broken block costs a start from the front of the list."""


def sevenzip_members(stream: IO[bytes], keys: Keys) -> Iterator[Content]:
    """Yield the members of a 7z archive in the order in which they are packed."""
    try:
        archive = _unlock(stream, keys)
    except MemoryError:
        yield Fault("The 7z archive needs more memory than the limit.", "Unpack it by hand.")
        return
    except Exception as error:  # noqa: BLE001 - a foreign parser of hostile headers raises whatever it trips over
        yield Fault(
            f"The 7z archive is damaged, or is one part of several: it cannot be opened ({type(error).__name__}).",
            "Get a new copy; join the parts of a split archive first.",
        )
        return
    if archive is None:
        yield Fault(keys.problem()[0].replace("member", "archive"), keys.problem()[1])
        return
    yield from _members(archive)


def _unlock(stream: IO[bytes], keys: Keys) -> Any:
    """The archive, opened with the password that fits; None when it needs one and none fits."""
    import py7zr  # here and not above: slow to load, and most evidence has no such archive

    try:
        archive = py7zr.SevenZipFile(stream)
        if not archive.needs_password():
            return archive
    except py7zr.PasswordRequired:
        pass  # its list of members is encrypted
    for password in keys.candidates():
        try:
            stream.seek(0)
            archive = py7zr.SevenZipFile(stream, password=password)
            _try_smallest(archive)
        except MemoryError:
            raise  # our limit says nothing about the password
        except Exception:  # noqa: BLE001 - as above: with a wrong password the foreign parser reads rubbish
            continue
        archive.reset()
        keys.fitted(password)
        return archive
    return None


def _try_smallest(archive: Any) -> None:
    """Unpack the smallest member that begins a block: its checksum tells whether the password fits."""
    firsts = [next(files) for _, files in groupby(_packed(archive), key=lambda file: id(file.folder))]
    if firsts:
        smallest = min(firsts, key=lambda file: file.uncompressed)
        pump = _Pump(archive, [smallest.id])
        try:
            pump.stream(smallest.id).drain()
        finally:
            pump.close()
        if pump.error is not None:
            raise pump.error


def _packed(archive: Any) -> list[Any]:
    return [file for file in archive.files if not file.emptystream and file.folder is not None]


def _members(archive: Any) -> Iterator[Content]:
    for file in archive.files:
        if file.emptystream and not file.is_directory:
            yield Member(str(file.filename), open=lambda: cast("IO[bytes]", _Nothing()))
    blocks = [list(files) for _, files in groupby(_packed(archive), key=lambda file: id(file.folder))]
    pump: _Pump | None = None
    broken = 0
    try:
        for number, block in enumerate(blocks):
            total = max(1, sum(file.uncompressed for file in block))
            packed = sum(file.compressed or 0 for file in block)
            lost = broken > _BROKEN_BLOCKS_MOST
            for file in block:
                if lost:
                    yield Member(str(file.filename), problem=_LOST)
                    continue
                if pump is None:
                    archive.reset()
                    pump = _Pump(archive, [item.id for rest in blocks[number:] for item in rest])
                stream = pump.stream(file.id)
                share = max(1, packed * file.uncompressed // total)
                if file.is_symlink or file.is_junction or file.is_socket:
                    yield Member(str(file.filename), problem=_LINK)
                else:
                    yield Member(str(file.filename), share, partial(cast, "IO[bytes]", stream))
                stream.drain()
                if pump.error is not None:
                    pump.close()
                    pump, lost, broken = None, True, broken + 1
    finally:
        if pump is not None:
            pump.close()


_LOST = (
    "A block of the archive is damaged before this member; it cannot be unpacked.",
    "Get a new copy of the archive.",
)
_LINK = ("The member is a link or a device; only plain files are read.", "Give the file it stands for.")


class _Nothing:
    """The stream of an empty member."""

    def read(self, _size: int = -1) -> bytes:
        return b""

    def __enter__(self) -> IO[bytes]:
        return cast("IO[bytes]", self)

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""


class _StoppedError(Exception):
    """The reader has gone; unpacking ends."""


class _Pump:
    """Unpacks members in a thread that waits after each block until the reader comes back for the next.

    Only one of the two sides runs at a time, so memory holds one block.
    """

    def __init__(self, archive: Any, wanted: Sequence[int]) -> None:
        from py7zr.io import MemIO

        self._blocks: queue.Queue[tuple[int, bytes | None] | None] = queue.Queue(1)
        self._go_on = threading.Semaphore(0)
        self._stopped = False
        self._waiting = False
        self.error: Exception | None = None
        factory = _factory(self)
        for number in wanted:
            archive.worker.register_filelike(number, MemIO(str(number), factory))
        self._thread = threading.Thread(target=self._unpack, args=(archive,), daemon=True)
        self._thread.start()

    def stream(self, number: int) -> _Stream:
        """The stream of the member that comes next."""
        return _Stream(self, number)

    def put(self, number: int, block: bytes | None) -> None:
        """Hand over a block, or the end of a member, and wait; runs in the thread.

        Raises:
            _StoppedError: the reader has gone.
        """
        self._blocks.put((number, block))
        self._go_on.acquire()
        if self._stopped:
            raise _StoppedError

    def next_block(self) -> tuple[int, bytes | None] | None:
        """The next block with the number of its member; None at the end or after an error."""
        if self._waiting:
            self._waiting = False
            self._go_on.release()
        found = self._blocks.get()
        self._waiting = found is not None
        if found is None:
            self._blocks.put(None)  # whoever asks again gets the same answer
        return found

    def close(self) -> None:
        """End the thread."""
        self._stopped = True
        self._go_on.release()
        while self.next_block() is not None:
            pass
        self._thread.join()

    def _unpack(self, archive: Any) -> None:
        try:
            archive.worker.extract(archive.fp, None, parallel=False)
        except _StoppedError:
            pass
        except MemoryError:
            self.error = DamagedError("more memory than the limit")
        except Exception as error:  # noqa: BLE001 - as above; the kind is reported with the member
            self.error = error
        self._blocks.put(None)


class _Stream:
    """The content of one member."""

    def __init__(self, pump: _Pump, number: int) -> None:
        self._pump = pump
        self._number = number
        self._held = memoryview(b"")
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end.

        Raises:
            DamagedError: the data cannot be unpacked further.
        """
        while not self._held and not self._ended:
            found = self._pump.next_block()
            if found is None or found[1] is None:
                self._ended = True
                if self._pump.error is not None:
                    raise DamagedError(type(self._pump.error).__name__) from self._pump.error
            else:
                self._held = memoryview(found[1])
        block = bytes(self._held[:size])
        self._held = self._held[size:]
        return block

    def drain(self) -> None:
        """Pass over what was not read, so that the next member comes."""
        self._held = memoryview(b"")
        while not self._ended:
            found = self._pump.next_block()
            self._ended = found is None or found[1] is None

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        """The pump goes on when the next member is asked for."""


def _factory(pump: _Pump) -> Any:
    """What py7zr asks for the place to write a member to; its name is the member's number."""
    from py7zr.io import Py7zIO, WriterFactory

    class Sink(Py7zIO):
        def __init__(self, number: int) -> None:
            self._number = number
            self._size = 0

        def write(self, s: bytes | bytearray) -> int:
            self._size += len(s)
            pump.put(self._number, bytes(s))
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            """Everything is handed over already."""

        def size(self) -> int:
            return self._size

        def close(self) -> None:
            pump.put(self._number, None)

    class Factory(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Sink(int(filename))

    return Factory()
