"""Prints what matching Sigma rules costs, as a multiple of parsing alone, for two sizes of rule set.

Events and rules are made here: days of rendered scenario records, and rules written the way published ones are (an
image with a few words of the command line, registry and file paths, filters, now and then an expression, keywords or
a native event id). CPU seconds of whole child processes count, start-up of the interpreter taken off and shown apart;
the cost of loading the rules is part of matching: compiled in the first round, from the cache of compiled rules in
the others. Below each line stand the seconds of its phases: choosing the rules of each kind of event (plans), making
them ready (setup), deciding (match), reading the events (read) and the hits (hits). Nothing is asserted.

    python benchmarks/sigma.py [RECORDS] [RULES] [ROUNDS]
    python benchmarks/sigma.py --events LOGS --rules DIR [--rules DIR ...]    the same for logs and rules of your own
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from intake import render

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = "pass"
PARSE_ONLY = """
import sys
from pathlib import Path
from evtx import PyEvtxParser
for path in sorted(Path(sys.argv[1]).rglob("*.evtx")):
    for record in PyEvtxParser(str(path)).records_json():
        pass
"""
COLLECT = """
import sys
from pathlib import Path
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
if __name__ == "__main__":
    print(collect([Path(sys.argv[1])], Path(sys.argv[2]) / "events", IntakeOptions(keep_all=True)).records_loaded)
"""
MATCH = """
import resource
import sys
from pathlib import Path
import time
from magistrate.sigma import load_rules, match, match_rules
from magistrate.sigma.runner import PlanRunner
from magistrate.store.duckdb import DuckDBStore
from magistrate.store.rule_cache import FolderRuleCache
spent = {}
def watch(owner, name, phase):
    original = getattr(owner, name)
    def measured(*words, **named):
        start = time.process_time()
        try:
            return original(*words, **named)
        finally:
            spent[phase] = spent.get(phase, 0.0) + time.process_time() - start
    setattr(owner, name, measured)
watch(match, "make_plans", "plans")
watch(PlanRunner, "__init__", "setup")
watch(PlanRunner, "run", "match")
watch(match, "_run", "all")
watch(match, "_first_hits", "hits")
rules = load_rules([Path(word) for word in sys.argv[2:]], cache=FolderRuleCache(Path(sys.argv[1]) / "compiled"))
loaded = resource.getrusage(resource.RUSAGE_SELF)
store = DuckDBStore.open(Path(sys.argv[1]) / "events")
found = match_rules(store, rules)
used = resource.getrusage(resource.RUSAGE_SELF)
print(len(rules.rules), len(rules.refused), found.events, len(found.rules), sum(one.count for one in found.rules),
      round(loaded.ru_utime + loaded.ru_stime, 2), used.ru_maxrss // 1024)
spent["read"] = spent.pop("all", 0.0) - spent.get("match", 0.0)
print(*(f"{phase}={seconds:.2f}" for phase, seconds in spent.items()))
"""
SEED = 7
WORDS = [
    "accept",
    "add",
    "admin",
    "archive",
    "attach",
    "audit",
    "backup",
    "base64",
    "bypass",
    "cache",
    "certificate",
    "clear",
    "client",
    "cmdlet",
    "compress",
    "config",
    "connect",
    "copy",
    "create",
    "credential",
    "daemon",
    "debug",
    "decode",
    "delete",
    "disable",
    "discover",
    "domain",
    "download",
    "dump",
    "enable",
    "encode",
    "encrypt",
    "enumerate",
    "erase",
    "execute",
    "export",
    "fetch",
    "filter",
    "flush",
    "force",
    "forest",
    "gather",
    "group",
    "hidden",
    "hook",
    "import",
    "inject",
    "install",
    "invoke",
    "kerberos",
    "keylog",
    "launch",
    "list",
    "listen",
    "load",
    "local",
    "logon",
    "lookup",
    "memory",
    "mirror",
    "modify",
    "module",
    "mount",
    "network",
    "noexit",
    "noprofile",
    "object",
    "offline",
    "output",
    "package",
    "password",
    "patch",
    "payload",
    "persist",
    "pipe",
    "policy",
    "port",
    "process",
    "profile",
    "protect",
    "proxy",
    "query",
    "quiet",
    "reflect",
    "register",
    "relay",
    "remote",
    "remove",
    "replace",
    "reset",
    "resolve",
    "restart",
    "restore",
    "reverse",
    "root",
    "route",
    "run",
    "safe",
    "sample",
    "scan",
    "schedule",
    "schema",
    "script",
    "secret",
    "secure",
    "select",
    "send",
    "server",
    "service",
    "session",
    "shadow",
    "share",
    "shell",
    "silent",
    "sniff",
    "socket",
    "spawn",
    "spool",
    "stage",
    "start",
    "stop",
    "stream",
    "system",
    "task",
    "template",
    "test",
    "ticket",
    "token",
    "tool",
    "trace",
    "transfer",
    "trust",
    "tunnel",
    "uninstall",
    "unlock",
    "update",
    "upload",
    "user",
    "vault",
    "verify",
    "version",
    "view",
    "volume",
    "wait",
    "watch",
    "wipe",
    "write",
]
IMAGES = [
    "arp",
    "at",
    "bitsadmin",
    "certutil",
    "cmd",
    "cmstp",
    "conhost",
    "cscript",
    "curl",
    "esentutl",
    "explorer",
    "fltmc",
    "fodhelper",
    "forfiles",
    "hh",
    "installutil",
    "ipconfig",
    "makecab",
    "mavinject",
    "mmc",
    "mofcomp",
    "msbuild",
    "mshta",
    "msiexec",
    "net",
    "netsh",
    "nltest",
    "ntdsutil",
    "odbcconf",
    "pcalua",
    "ping",
    "powershell",
    "print",
    "psexec",
    "pwsh",
    "qprocess",
    "quser",
    "rdrleakdiag",
    "reg",
    "regasm",
    "regini",
    "regsvr32",
    "robocopy",
    "rundll32",
    "sc",
    "schtasks",
    "sdbinst",
    "setspn",
    "sigverif",
    "ssh",
    "svchost",
    "systeminfo",
    "takeown",
    "tasklist",
    "taskkill",
    "tttracer",
    "vssadmin",
    "wbadmin",
    "wevtutil",
    "whoami",
    "winrs",
    "wmic",
    "wscript",
    "xcopy",
]


def make_rules(folder: Path, number: int) -> None:
    """Write rules as one file of many documents for each thousand."""
    folder.mkdir(parents=True)
    dice = random.Random(SEED)
    for start in range(0, number, 1000):
        texts = [_rule(dice, place) for place in range(start, min(start + 1000, number))]
        (folder / f"rules{start:06}.yml").write_text("---\n".join(texts), encoding="utf-8")


def _rule(dice: random.Random, number: int) -> str:
    category, lines = dice.choices(
        [_process(dice), _registry(dice), _file(dice), _script(dice), _native(dice), _image(dice)],
        [52, 11, 9, 8, 13, 7],
    )[0]
    head = [f"title: made rule {number}", f"id: 11111111-0000-4000-8000-{number:012d}", "status: test"]
    head += [f"logsource: {{product: windows, {category}}}", "detection:"]
    level = dice.choice(["low", "medium", "medium", "high", "high", "critical"])
    return "\n".join([*head, *(f"  {line}" for line in lines), f"level: {level}", ""])


def _word(dice: random.Random) -> str:
    return dice.choice(WORDS) + dice.choice(["", "", "er", "ing", str(dice.randrange(100))])


def _listed(values: list[str]) -> str:
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in dict.fromkeys(values)) + "]"


def _process(dice: random.Random) -> tuple[str, list[str]]:
    image = dice.choice(IMAGES)
    flags = [f" {dice.choice('-/')}{_word(dice)}" for _ in range(dice.randint(1, 4))]
    words = [
        f"{_word(dice)}{dice.choice([' ', '.', '-', '='])}{_word(dice)}" for _ in range(dice.randint(1, 6))
    ]
    lines = [
        "selection_img:",
        f"  - Image|endswith: '\\{image}.exe'",
        f"  - OriginalFileName: '{image}.exe'",
        f"selection_cli: {{CommandLine|contains{dice.choice(['', '|all', '|windash'])}: {_listed(flags)}}}",
        f"selection_word: {{CommandLine|contains: {_listed(words)}}}",
        f"filter_main: {{ParentImage|startswith: {_listed(['C:/Program Files/'.replace('/', chr(92)), 'C:' + chr(92) + _word(dice)])}}}",
        "filter_null: {ParentImage: null}",
    ]
    if dice.random() < 0.06:
        lines[4] = f"selection_word: {{CommandLine|re: '{_word(dice)}\\s+[a-z]{{2,8}}={_word(dice)}'}}"
    wanted = dice.choice(["all of selection_*", "selection_img and selection_word"])
    return "category: process_creation", [*lines, f"condition: {wanted} and not 1 of filter_*"]


def _registry(dice: random.Random) -> tuple[str, list[str]]:
    path = "\\".join(_word(dice).title() for _ in range(dice.randint(2, 4)))
    return "category: registry_set", [
        f"selection: {{TargetObject|contains: '\\{path}', Details: 'DWORD (0x{dice.randrange(4):08x})'}}",
        f"filter: {{Image|endswith: '\\{dice.choice(IMAGES)}.exe'}}",
        "condition: selection and not filter",
    ]


def _file(dice: random.Random) -> tuple[str, list[str]]:
    names = [
        f"\\{_word(dice)}.{dice.choice(['exe', 'dll', 'ps1', 'tmp', 'zip'])}"
        for _ in range(dice.randint(1, 5))
    ]
    return "category: file_event", [
        f"selection: {{TargetFilename|endswith: {_listed(names)}}}",
        "filter: {Image|startswith: 'C:\\Windows\\System32\\'}",
        "condition: selection and not filter",
    ]


def _script(dice: random.Random) -> tuple[str, list[str]]:
    words = [f"{_word(dice).title()}-{_word(dice).title()}" for _ in range(dice.randint(1, 4))]
    return "category: ps_script", [
        f"selection: {{ScriptBlockText|contains{dice.choice(['', '|all'])}: {_listed(words)}}}",
        "condition: selection",
    ]


def _native(dice: random.Random) -> tuple[str, list[str]]:
    if dice.random() < 0.02:
        return "service: system", [
            f"keywords: {_listed([_word(dice) + '::' + _word(dice)])}",
            "condition: keywords",
        ]
    event = dice.choice([4624, 4625, 4648, 4656, 4663, 4672, 4697, 4720, 4732, 4768, 4769, 5140, 5145])
    return "service: security", [
        "selection:",
        f"  EventID: {event}",
        f"  {dice.choice(['TargetUserName', 'SubjectUserName', 'ObjectName', 'ShareName'])}|contains: '{_word(dice)}{dice.randrange(1000)}'",
        "filter: {SubjectUserName|endswith: '$'}",
        "condition: selection and not filter",
    ]


def _image(dice: random.Random) -> tuple[str, list[str]]:
    return "category: image_load", [
        f"selection: {{ImageLoaded|endswith: '\\{_word(dice)}.dll'}}",
        f"other: {{Image|contains: '\\{_word(dice)}\\'}}",
        "condition: selection and not other",
    ]


def run(code: str, *words: str) -> tuple[list[str], float]:
    """Words that a child prints, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout.split(), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(
    logs: Path, events: Path, packs: list[list[str]], rounds: int
) -> Iterator[tuple[int, float, list[str], float]]:
    """Number of the pack, parse-only seconds, what the child said and its seconds, for every round."""
    for _ in range(rounds):
        nothing = run(NOTHING)[1]
        parse = run(PARSE_ONLY, str(logs))[1] - nothing
        for number, pack in enumerate(packs):
            said, seconds = run(MATCH, str(events), *pack)
            yield number, parse, said, seconds - nothing


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("numbers", nargs="*", type=int, help="records, rules, rounds")
    parser.add_argument("--events", type=Path, help="EVTX files of your own")
    parser.add_argument("--rules", action="append", default=[], help="rule folders of your own")
    options = parser.parse_args()
    wanted, rules, rounds = options.numbers + [100_000, 3_000, 3][len(options.numbers) :]
    with tempfile.TemporaryDirectory(prefix="magistrate-bench-") as name:
        folder = Path(name)
        logs = options.events or folder / "logs"
        if not options.events:
            render(logs, wanted)
        packs = [options.rules]
        if not options.rules:
            packs = [[str(folder / "rules")], [str(folder / "more")]]
            make_rules(folder / "rules", rules)
            make_rules(folder / "more", 10 * rules)
        (loaded,) = re.findall(r"[0-9]+", " ".join(run(COLLECT, str(logs), str(folder))[0]))
        print(f"{int(loaded):,} records, {rounds} rounds; CPU seconds of whole processes")
        print(
            f"{'rules':>8}{'refused':>9}{'hits':>9}{'parse only':>12}{'load':>8}{'load+match':>12}{'ratio':>8}{'peak MiB':>10}"
        )
        ratios: dict[int, list[float]] = {}
        seconds: dict[int, list[float]] = {}
        for number, parse, said, spent in measure(logs, folder, packs, rounds):
            ratios.setdefault(number, []).append(spent / parse)
            seconds.setdefault(number, []).append(spent)
            print(
                f"{said[0]:>8}{said[1]:>9}{said[4]:>9}{parse:>12.2f}{said[5]:>8}{spent:>12.2f}{ratios[number][-1]:>8.2f}{said[6]:>10}"
            )
            print(f"{'':>8} {'  '.join(said[7:])}")
        for number, found in ratios.items():
            print(f"median of pack {number + 1}: {statistics.median(found):.2f} x parse-only")
        if len(seconds) > 1:
            growth = statistics.median(b / a for a, b in zip(seconds[0], seconds[1], strict=True))
            print(f"ten times the rules: {growth:.2f} x")


if __name__ == "__main__":
    main()
