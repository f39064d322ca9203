"""What one command line or script text says, as parsed features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from magistrate.strict_yaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPERATIONS: tuple[str, ...] = (
    # Strongest first: when a text does several things, the first one that it does names it.
    "process_create",
    "subscription",
    "delete",
    "service",
    "registry",
    "method",
    "query",
    "other",
)


@dataclass(frozen=True, slots=True)
class Features:
    """Parsed features of one command line or script text.

    `is_wmi_client` says that the text itself calls WMI. A command that was started *through* WMI carries shape
    labels in `methods` (impacket-wmiexec and others) with `is_wmi_client` false: they hold only when the parent
    is a WMI provider host, which a command line alone cannot show. `targets` are remote nodes in lower case, in
    order of appearance. `decoded` is the text hidden in an encoded command, None when there is none. `facts` are
    (name, value) pairs sorted by name, one value a name, all listed in `facts.yml`.
    """

    is_wmi_client: bool = False
    operation: str = "other"
    methods: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()
    decoded: str | None = None
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str | None:
        """Value of one fact, None when it is not known."""
        return dict(self.facts).get(name)


@cache
def fact_names() -> tuple[str, ...]:
    """Names of every fact that an activity can carry, in file order.

    Raises:
        ValueError: the table repeats a name.
    """
    text = resources.files(__package__).joinpath("facts.yml").read_text(encoding="utf-8")
    rows = cast("Sequence[Mapping[str, str]]", load_yaml(text, "facts.yml"))
    names = tuple(row["name"] for row in rows)
    if len(set(names)) != len(names):
        raise ValueError("facts.yml repeats a fact name")
    return names


def merge(*parts: Features) -> Features:
    """Join features of several texts of one process; the first part wins where two say the same fact.

    A fact that both parts hold with different values is joined with ` | `, except counts and lengths, where the
    first stands.
    """
    facts: dict[str, str] = {}
    for part in parts:
        for name, value in part.facts:
            known = facts.get(name)
            if known is None:
                facts[name] = value
            elif value not in known.split(" | ") and name not in _FIRST_STANDS:
                facts[name] = f"{known} | {value}"[:2000]
    client = [part for part in parts if part.is_wmi_client]
    done = {part.operation for part in (client or parts)}
    return Features(
        is_wmi_client=bool(client),
        operation=next((name for name in OPERATIONS if name in done), "other"),
        methods=frozenset().union(*(part.methods for part in parts)),
        targets=tuple(dict.fromkeys(target for part in parts for target in part.targets)),
        decoded="\n".join(part.decoded for part in parts if part.decoded) or None,
        facts=sorted_facts(facts),
    )


def sorted_facts(facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Facts as the sorted pairs that features carry; empty values are dropped."""
    return tuple(sorted((name, value) for name, value in facts.items() if value != ""))


_FIRST_STANDS = frozenset(
    {"command.length", "command.discovery_count", "command.inner", "command.program", "ps.call"}
)
