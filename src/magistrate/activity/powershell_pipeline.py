"""Read PowerShell pipeline records (4103, 800): commands that really ran, with their bound parameters.

Only the lines that name an invoked command count. The value of a parameter can be the source text of a whole
module, so names inside values are no calls; a text given to `Invoke-Expression` is looked at on its own.
"""

from __future__ import annotations

import re

from magistrate.activity.encodings import MAX_TEXT
from magistrate.activity.features import Features, merge, sorted_facts
from magistrate.activity.powershell import call_features, powershell_features, with_fact
from magistrate.activity.powershell_calls import RUNS_TEXT, Reading, WmiCall, known_names

# The label before the bracket is localised: `CommandInvocation(Get-Item): "Get-Item"`.
_INVOCATION = re.compile(r'^\w[\w ]{2,60}\(([\w.-]{2,120})\): "\1"', re.MULTILINE)
_BINDING = re.compile(
    r'^\w[\w ]{2,60}\(([\w.-]{2,120})\): \w[\w ]{0,40}="([\w-]{1,80})"; \w[\w ]{0,40}="', re.MULTILINE
)


def is_pipeline_text(text: str) -> bool:
    """Whether a text is the payload of a 4103 or 800 record."""
    return _INVOCATION.search(text[:MAX_TEXT]) is not None


def pipeline_features(text: str, *, host: str | None = None) -> Features:
    """Features of the commands that a pipeline record says were invoked."""
    text = text[:MAX_TEXT]
    invoked = [match.group(1).lower() for match in _INVOCATION.finditer(text)]
    marks = sorted({match.start() for pattern in (_INVOCATION, _BINDING) for match in pattern.finditer(text)})
    ends = dict(zip(marks, [*marks[1:], len(text)], strict=True))
    uses = {
        name: WmiCall(name, known_names("cmdlet")[name], None)
        for name in invoked
        if name in known_names("cmdlet")
    }
    parts: list[Features] = []
    for match in _BINDING.finditer(text):
        name, parameter = match.group(1).lower(), match.group(2).lower()
        value = text[match.end() : ends[match.start()]].rstrip().removesuffix('"')
        if name in uses:
            uses[name].parameters.setdefault(parameter, []).append(value)
        elif name in RUNS_TEXT and parameter in ("command", "scriptblock"):
            inner = powershell_features(value, host=host, depth=1)
            if inner.is_wmi_client:
                parts.append(inner)
    if uses:
        reading = Reading(uses=list(uses.values()))
        parts.insert(0, call_features(reading, set(), host))
    parts = [with_fact(part, "ps.source", "pipeline record") for part in parts]
    return merge(*parts) if parts else Features(facts=sorted_facts({}))
