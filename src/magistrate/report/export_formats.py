"""Every format that a case can be exported to: one module each in `exporters/`, found by the folder.

A module whose report lies in every case folder offers `FILE` and `render(view)`. One that is made on demand offers
`SUFFIX` and `render(view)`, or `render_cases(cases)` when it tells of several cases at once. `render_raw(view)` is
there when cells can be had without their formula guard. The first line of the module says what the format is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.report.write import exporter_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from magistrate.report.shift import OpenCase
    from magistrate.report.view import View


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One export format; exactly one of `render` and `render_cases` is there."""

    name: str
    title: str
    suffix: str
    in_case: bool
    render: Callable[[View], str | bytes] | None
    render_raw: Callable[[View], str] | None
    render_cases: Callable[[Sequence[OpenCase]], str] | None


def find_formats() -> dict[str, ExportFormat]:
    """Every format by its name, sorted."""
    found = [_format(module) for module in exporter_modules()]
    return {item.name: item for item in sorted(found, key=lambda item: item.name)}


def _format(module: ModuleType) -> ExportFormat:
    file = getattr(module, "FILE", None)
    return ExportFormat(
        name=module.__name__.rpartition(".")[2].replace("_", "-"),
        title=(module.__doc__ or "").strip().splitlines()[0],
        suffix=f".{file.rpartition('.')[2]}" if file else module.SUFFIX,
        in_case=file is not None,
        render=getattr(module, "render", None),
        render_raw=getattr(module, "render_raw", None),
        render_cases=getattr(module, "render_cases", None),
    )
