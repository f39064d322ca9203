"""Facts of a command that do not depend on WMI: what it runs, hides, fetches, dumps or creates."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.activity.shell import Step

VERY_LONG = 500
"""Characters from which a command line counts as very long (triage practice, W9)."""

_WMIEXEC = re.compile(
    r"^\\\\(?:127\.0\.0\.1|localhost|\[?::1\]?)\\([a-z]+\$)\\(?:[^\s\"]{0,200}\\)?__(\d{10})\.(\d{1,7})$",
    re.IGNORECASE,
)
_SMBMAP = re.compile(r"^\\\\127\.0\.0\.1\\[a-z]\$\\[a-z]{10}$", re.IGNORECASE)
_NETEXEC_SMB = re.compile(r"^\\windows\\temp\\[a-z]{6}$", re.IGNORECASE)
_NETEXEC_SHARE = re.compile(r"^\\\\[^\\\s]{1,255}\\[a-z]{3,12}\\[a-z]{6}$", re.IGNORECASE)
_DISCOVERY_TOOL = re.compile(
    r"^\\\\[^\\\s]{1,255}\\admin\$\\temp\\psscript_output_\{?[0-9a-f-]{36}\}?\.txt$", re.IGNORECASE
)
_NETEXEC_WMI = re.compile(r"^[a-z]:\\windows\\temp\\[0-9a-f-]{36}\.txt$", re.IGNORECASE)
_REDIRECT = re.compile(r"(?:\d|&)?>{1,2}\s*\"?([^\s\"&|<>]{2,400})")
_URL = re.compile(r"\b(?:https?|ftp)://[^\s'\"<>)]{3,300}", re.IGNORECASE)
_UNC = re.compile(r"(?<![\\\w:])\\\\([A-Za-z0-9_.\-\[\]:]{1,255})\\([A-Za-z0-9_.$\- ]{1,80})")
_USER_PATH = re.compile(
    r"\\users\\(?!public\\desktop)[^\\\s\"]{1,80}\\|\\users\\public\\|\\appdata\\|\\programdata\\|\\windows\\temp\\|\\windows\\tasks\\|\\perflogs\\|\\\$recycle\.bin\\|%temp%|%appdata%|%public%|\$env:temp|\\windows\\debug\\|[a-z]:\\temp\\",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"-w(?:i(?:n(?:d(?:o(?:w(?:s(?:t(?:y(?:l(?:e)?)?)?)?)?)?)?)?)?)?\s+(?:h(?:id(?:d(?:en)?)?)?|1)\b",
    re.IGNORECASE,
)
_LOCAL_HOSTS = frozenset({"root", "127.0.0.1", "localhost", "::1", "[::1]", ".", "?"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row of `command_patterns.yml`."""

    fact: str
    value: str
    all: tuple[tuple[str, ...], ...]
    none: tuple[str, ...]
    programs: frozenset[str]

    def matches(self, names: frozenset[str], text: str) -> bool:
        """Whether a command in lower case has the shape."""
        if self.programs and not self.programs & names:
            return False
        return all(any(item in text for item in row) for row in self.all) and not any(
            item in text for item in self.none
        )


@cache
def patterns() -> tuple[Pattern, ...]:
    """Rows of `command_patterns.yml` in file order."""
    rows = cast(
        "Sequence[Mapping[str, Any]]", load_yaml(_resource("command_patterns.yml"), "command_patterns.yml")
    )
    return tuple(
        Pattern(
            fact=row["fact"],
            value=row["value"],
            all=tuple(tuple(item.split("|")) for item in row["all"]),
            none=tuple(row.get("none", ())),
            programs=frozenset(row.get("programs", ())),
        )
        for row in rows
    )


@cache
def tools(kind: str) -> dict[str, tuple[str, ...]]:
    """Tools of one kind (lolbin, discovery, recon) with the first arguments that count, empty for any.

    Raises:
        ValueError: the table repeats a tool of one kind.
    """
    rows = [row for row in csv.DictReader(_resource("tools.csv").splitlines()) if row["kind"] == kind]
    found = {row["name"]: tuple(item for item in row["arguments"].split("|") if item) for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"tools.csv repeats a tool of kind {kind}")
    return found


@cache
def _defence_names() -> re.Pattern[str]:
    """Names of security products and their processes, as whole words."""
    names = [row["name"] for row in csv.DictReader(_resource("defence_products.csv").splitlines())]
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(re.escape(name) for name in names) + r")(?![a-z0-9])")


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def defence_product(text: str) -> str | None:
    """Security product that a text names, None when it names none."""
    match = _defence_names().search(text.lower())
    return match.group(0) if match else None


def shape_facts(command: str, steps: list[Step]) -> dict[str, str]:
    """Facts of a command line that was taken apart into steps; see `facts.yml` for their meaning."""
    facts: dict[str, list[str]] = {}
    scripts = [text for step in steps for text in (step.script, step.decoded) if text]
    whole = "\n".join([command, *(step.decoded for step in steps if step.decoded)])
    for step in steps:
        for name, value in (*_tool_facts(step), *_pattern_facts(step)):
            if value not in facts.setdefault(name, []):
                facts[name].append(value)
    result = {name: ", ".join(values) for name, values in facts.items()}
    if steps:
        result["command.program"] = steps[0].program
        result["command.inner"] = _inner(command, steps)[:1000]
        result["command.discovery_count"] = (
            str(len(facts.get("command.discovery", []))) if "command.discovery" in facts else ""
        )
    result["command.length"] = str(len(command))
    result["command.very_long"] = "yes" if len(command) > VERY_LONG else ""
    result.update(_place_facts(whole))
    result.update(output_facts(command))
    result.update(_hiding_facts(steps, scripts))
    if any("cmd" in step.names and {"/q", "/c"} <= set(step.arguments[:4]) for step in steps[:1]):
        result["command.quiet_cmd"] = "yes"
    return {name: value for name, value in result.items() if value}


def _tool_facts(step: Step) -> list[tuple[str, str]]:
    """Living-off-the-land programs and discovery tools, by any name they go by."""
    found: list[tuple[str, str]] = []
    lolbin = next((name for name in sorted(step.names) if name in tools("lolbin")), None)
    if lolbin is not None and not _plain_install(step):
        found.append(("command.lolbin", lolbin))
    tool = next((name for name in sorted(step.names) if name in tools("discovery")), None)
    if tool is not None and not ({"/add", "/delete", "/del"} & set(step.arguments)):
        wanted = tools("discovery")[tool]
        first = next((item for item in step.arguments if not item.startswith("\\\\")), "")
        if not wanted or first in wanted:
            found.append(("command.discovery", tool.replace("net1", "net")))
    return found


def _plain_install(step: Step) -> bool:
    """An installer run with /i on a local package, and nothing fetched."""
    if "msiexec" not in step.names:
        return False
    text = step.text.lower()
    return (
        any(item[:2] in ("/i", "-i", "/x", "-x") for item in step.arguments)
        and "://" not in text
        and "\\\\" not in text
    )


def _pattern_facts(step: Step) -> list[tuple[str, str]]:
    """Rows of the pattern file that hold for a step."""
    found: list[tuple[str, str]] = []
    for body in (step.text, step.script, step.decoded):
        if not body:
            continue
        text = f" {' '.join(body.lower().replace('^', '').split())} "[:65_536]
        found.extend((row.fact, row.value) for row in patterns() if row.matches(step.names, text))
    return found


def _inner(command: str, steps: list[Step]) -> str:
    """What a `cmd /c` wrapper runs, without its redirect; the command itself where there is no wrapper."""
    if "cmd" not in steps[0].names:
        return ""
    inner = [step for step in steps[1:] if step.wrapper == "cmd"]
    text = " & ".join(step.text for step in inner)
    return _REDIRECT.split(text)[0].strip() if text else ""


def _place_facts(text: str) -> dict[str, str]:
    """Addresses and places a command names."""
    url = _URL.search(text)
    uncs = [
        host
        for host, _ in _UNC.findall(text[:65_536])
        if host.lower() not in _LOCAL_HOSTS and host not in ("?", ".")
    ]
    place = _USER_PATH.search(text)
    return {
        "command.url": url.group(0) if url else "",
        "command.unc": uncs[0].lower() if uncs else "",
        "command.user_path": place.group(0).strip("\\").lower() if place else "",
        "command.shadow_path": "yes"
        if "globalroot\\device\\harddiskvolumeshadowcopy" in text.lower()
        else "",
    }


def output_facts(command: str) -> dict[str, str]:
    """Where a command's output is redirected, when the place has the shape of a remote-execution tool."""
    facts: dict[str, str] = {}
    for match in _REDIRECT.finditer(command):
        path = match.group(1)
        kind = output_kind(path, command)
        if kind is None:
            continue
        facts = {"command.output_kind": kind, "command.output_path": path}
        if kind in ("wmiexec", "smbmap", "netexec-smb", "netexec-wmi"):
            facts["command.output_name"] = path.rsplit("\\", 1)[-1]
        if shape := _WMIEXEC.match(path):
            facts["command.output_share"] = shape.group(1).upper()
            facts.update(epoch_facts(shape.group(2)))
        break
    return facts


def output_kind(path: str, command: str = "") -> str | None:
    """Tool whose output files look like this path; None for an ordinary path."""
    if _WMIEXEC.match(path):
        return "wmiexec"
    if path.lower().endswith("\\__output") and path.startswith("\\\\127.0.0.1\\"):
        return "smbexec"
    if _SMBMAP.match(path):
        return "smbmap"
    if _DISCOVERY_TOOL.match(path):
        return "discovery-tool"
    if _NETEXEC_WMI.match(path) and "-encodehex" in command.lower():
        return "netexec-wmi"
    if _NETEXEC_SMB.match(path):
        return "netexec-smb"
    return "netexec-share" if _NETEXEC_SHARE.match(path) and "2>&1" in command else None


def epoch_facts(epoch: str) -> dict[str, str]:
    """The operator's clock in a wmiexec output name: when the shell was opened, by that clock.

    Args:
        epoch: whole seconds since 1970.
    """
    try:
        opened = datetime.fromtimestamp(int(epoch), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return {"command.output_epoch": epoch}
    return {"command.output_epoch": epoch, "command.output_opened": opened.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _hiding_facts(steps: list[Step], scripts: list[str]) -> dict[str, str]:
    """Encoded, hidden and scrambled PowerShell."""
    shells = [step for step in steps if {"powershell", "pwsh"} & step.names]
    hidden = any(_HIDDEN.search(step.text) for step in shells)
    joined = any(_scrambled(text) for text in scripts)
    encoded = any(step.decoded for step in shells)
    return {
        "command.encoded": "yes" if encoded else "",
        "command.hidden": "yes" if hidden else "",
        "command.scrambled": "yes" if joined else "",
    }


def _scrambled(script: str) -> bool:
    """Text built from character codes or pieces, as the common obfuscators write it."""
    low = script[:65_536].lower()
    if "-join" in low and ("[char]" in low or ".split(" in low or "-split" in low):
        return True
    if low.count("[char]") >= 8 or low.count("`") >= 12:
        return True
    digits = sum(char.isdigit() for char in low)
    return len(low) > 400 and digits > 0.4 * len(low)
