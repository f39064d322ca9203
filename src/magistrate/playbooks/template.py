"""Fills `{name}` placeholders of content texts without ever reading the values as templates.

PowerShell is full of braces (`| ? { $_.Name -eq ... }`), and the values come from logs an intruder wrote. So
this is not `str.format`: only a lower-case name directly between braces is a placeholder, everything else stays
as written, and a value is put in once and never looked at again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """Names of the placeholders of a template, sorted, each once."""
    return tuple(sorted(set(_PLACEHOLDER.findall(template))))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into a template.

    Args:
        template: text with `{name}` placeholders.
        values: text for each name; more names than needed are fine.

    Raises:
        KeyError: the template asks for a name that has no value.
    """
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)
