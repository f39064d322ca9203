"""Writes every report of a case, each whole or not at all."""

from __future__ import annotations

import os
import pkgutil
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from magistrate.errors import ExportError
from magistrate.report import exporters
from magistrate.report.kept_records import read_all_cited
from magistrate.sources.durable import sync_folder

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from magistrate.report.view import View


class Exporter(Protocol):
    """What a module in `exporters/` offers whose report lies in every case folder."""

    FILE: str

    def render(self, view: View) -> str:
        """The text of the report."""
        ...


def find_exporters() -> tuple[Exporter, ...]:
    """Every exporter whose report lies in the case folder, by the name of its file."""
    found = (cast("Exporter", module) for module in exporter_modules() if hasattr(module, "FILE"))
    return tuple(sorted(found, key=lambda exporter: exporter.FILE))


def exporter_modules() -> tuple[ModuleType, ...]:
    """Every module in `exporters/`, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(exporters.__path__))
    return tuple(import_module(f"{exporters.__name__}.{name}") for name in names)


def write_reports(view: View, case_dir: Path) -> tuple[Path, ...]:
    """Write all reports into the case folder.

    Returns:
        The files written, sorted by name.

    Raises:
        ExportError: a file could not be written; no half file stands under its final name.
    """
    whole = replace(view, raw=read_all_cited(case_dir))
    return tuple(
        write_text(case_dir / exporter.FILE, exporter.render(whole)) for exporter in find_exporters()
    )


def write_text(path: Path, text: str) -> Path:
    """Write a text file in UTF-8, as `write_bytes` does."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> Path:
    """Write a file aside, flush it to disk and move it into place.

    Raises:
        ExportError: the disk refused.
    """
    aside = path.with_name(aside_name(path.name))
    try:
        with aside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        aside.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise ExportError(
            f"the report could not be written: {reason}.",
            location=path.name,
            hint="Free space or choose another folder with -o, then run the same command again.",
        ) from error
    return path


def aside_name(name: str) -> str:
    """Name under which a file is written until it is whole."""
    return f".{name}.part"
