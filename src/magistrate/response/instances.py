"""What each card is made for: one host, account, source, subscription, the path to all hosts, or the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.context.lookup import is_loopback_address, same_host
from magistrate.response import gaps, quoting
from magistrate.response.scope import Guard, Level
from magistrate.response.wording import shown, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.playbooks.model import Playbook
    from magistrate.response.scope import AccountTarget, HostTarget, Scope, SourceTarget, SubscriptionTarget

MANY = 20
"""Most names in one line of a card."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Something a card is filled for.

    `facts` are those of the target. `makers` give the text of each placeholder, or refuse it. `guard` decides whether
    a command is printed; `release` is the name that `--assume-unprotected` takes, empty when nothing can be released.
    """

    about: str
    facts: Mapping[str, bool]
    makers: Mapping[str, Callable[[], str]]
    guard: Guard
    release: str
    evidence_ids: tuple[str, ...]


def instances(playbook: Playbook, scope: Scope, kind: str, case_name: str) -> Iterator[Instance]:
    """Every instance of a card scope, in the order of the targets."""
    if kind == "host":
        yield from (_host(playbook, item, case_name) for item in scope.hosts)
    elif kind == "account":
        yield from (_account(scope, item) for item in scope.accounts if not item.machine)
    elif kind == "machine_account":
        yield from (_account(scope, item) for item in scope.accounts if item.machine)
    elif kind == "source":
        yield from (_source(scope, item) for item in scope.sources if not is_loopback_address(item.address))
    elif kind == "subscription":
        yield from (_subscription(item) for item in scope.subscriptions)
    elif kind == "path":
        yield _path(scope)
    else:
        yield _case(playbook, scope)


def _split(scope: Scope, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Hosts that may be acted on, and those that must not."""
    open_: list[str] = []
    closed: list[str] = []
    for name in names:
        found = next((host for host in scope.hosts if host.name == name), None)
        found = found or next((host for host in scope.hosts if same_host(host.name, name)), None)
        (open_ if found is not None and found.guard.is_open else closed).append(name)
    return open_, closed


def _worst(first: Guard, hosts: list[str]) -> Guard:
    """The guard of a card that acts on hosts: without one open host there is nothing to do."""
    if not first.is_open or hosts:
        return first
    return Guard(Level.UNKNOWN, "None of the hosts it would be run on is known to be unprotected.")


def _host(playbook: Playbook, target: HostTarget, case_name: str) -> Instance:
    items = gaps.lacking_items(playbook, target.lacks)
    return Instance(
        target.name,
        {"host_protected": target.guard.level is Level.PROTECTED},
        {
            "host": lambda: shown(target.name),
            "host_q": lambda: quoting.host_name(target.name),
            "machine_q": lambda: quoting.account_name(_computer(target.name)),
            "case_json": lambda: quoting.quote_json(case_name),
            "role_note": lambda: target.guard.why,
            "lacking": lambda: some((item.title for item in items), most=MANY),
            "exports_block": lambda: gaps.export_lines(playbook),
            "collect_block": lambda: gaps.collector_lines(playbook, items),
        },
        target.guard,
        target.name,
        target.evidence_ids,
    )


def _computer(host: str) -> str:
    """Name of the computer account of a host.

    Raises:
        RefusedValueError: the host name is none.
    """
    quoting.host_name(host)
    return host.partition(".")[0].upper() + "$"


def _account(scope: Scope, target: AccountTarget) -> Instance:
    short = target.name.rpartition("\\")[2]
    domain = target.name.rpartition("\\")[0]
    open_, closed = _split(scope, target.hosts)
    return Instance(
        target.name,
        {
            "account_settled": True,
            "account_service": bool(target.purpose),
            "account_local": target.local,
            "account_protected": target.guard.level is Level.PROTECTED,
        },
        {
            "account": lambda: shown(target.name),
            "account_full_q": lambda: quoting.full_account_name(target.name),
            "identity_q": lambda: (
                quoting.security_id(target.sid) if target.sid else quoting.account_name(short)
            ),
            "local_name_q": lambda: quoting.account_name(short),
            "short_name_q": lambda: quoting.account_name(short),
            "machine_name_q": lambda: quoting.host_name(
                domain if domain not in ("", ".") else target.hosts[0]
            ),
            "hosts": lambda: some(open_, most=MANY),
            "guarded_hosts": lambda: some(closed, most=MANY),
            "logon_id": lambda: some((hex(item) for item in target.logon_ids), none="not recorded"),
            "evidence": lambda: some(target.evidence_ids, most=3, none="no record"),
            "purpose": lambda: shown(target.purpose),
            "role_note": lambda: target.guard.why,
        },
        target.guard,
        target.name,
        target.evidence_ids,
    )


def _source(scope: Scope, target: SourceTarget) -> Instance:
    open_, closed = _split(scope, target.targets)
    return Instance(
        target.address,
        {"source_known": True},
        {
            "source": lambda: shown(target.address),
            "source_q": lambda: quoting.address(target.address),
            "source_netsh": lambda: quoting.netsh_address(target.address),
            "targets": lambda: some(open_, most=MANY),
            "guarded_targets": lambda: some(closed, most=MANY),
            "role_note": lambda: target.guard.why,
        },
        _worst(target.guard, open_),
        target.address if not target.guard.is_open else "",
        target.evidence_ids,
    )


def _subscription(target: SubscriptionTarget) -> Instance:
    consumer, found = target.consumer, target.filter
    seen = f"consumer {shown(consumer)}" + (f" and filter {shown(found)}" if found else "")
    return Instance(
        f"{target.host} {consumer} {found}",
        {"subscription_removable": True},
        {
            "host": lambda: shown(target.host),
            "seen": lambda: seen,
            "role_note": lambda: target.guard.why,
            "namespace_q": lambda: quoting.quote_powershell(target.namespace),
            "consumer_q": lambda: quoting.quote_powershell(consumer),
            "filter_q": lambda: quoting.quote_powershell(found or "<FILTER>"),
        },
        target.guard,
        target.host,
        target.evidence_ids,
    )


def _path(scope: Scope) -> Instance:
    open_, closed = _split(scope, (host.name for host in scope.hosts))
    return Instance(
        "path",
        {},
        {
            "targets": lambda: some(open_, most=MANY),
            "guarded_targets": lambda: some(closed, most=MANY),
            "management_q": lambda: ",".join(quoting.address(item) for item in scope.management),
        },
        _worst(Guard(Level.OPEN, ""), open_),
        "",
        scope.evidence_ids,
    )


def _case(playbook: Playbook, scope: Scope) -> Instance:
    hosts = [host.name for host in scope.hosts]
    facts = dict.fromkeys(playbook.card_facts, False) | dict.fromkeys(scope.facts, True)
    controls = gaps.chosen_controls(playbook, scope.lacks, facts)
    proved = gaps.proved_controls(playbook, (control for control, _ in controls))
    return Instance(
        "case",
        {},
        {
            "hosts": lambda: some(hosts, most=MANY),
            "accounts": lambda: some((a.name for a in scope.accounts), most=MANY),
            "sources": lambda: some((s.address for s in scope.sources), most=MANY),
            "subscriptions": lambda: some((s.consumer for s in scope.subscriptions), most=MANY),
            "reason": lambda: some(scope.disputed, most=2),
            "first_seen": lambda: scope.first_seen or "an unknown time",
            "last_known_good": lambda: scope.last_known_good or "an unknown time",
            "uncovered": lambda: some(
                scope.uncovered, most=MANY, none="nothing, every host's logs reach back to it"
            ),
            "rebuild": lambda: some(
                (r.text for r in scope.rebuild), none="no reason of the case asks for it"
            ),
            "evidence": lambda: some(scope.credential_evidence, most=3),
            "proved": lambda: some(proved, most=MANY),
            "controls_block": lambda: gaps.control_lines(controls),
            "checks_block": lambda: gaps.check_lines(controls),
        },
        Guard(Level.OPEN, ""),
        "",
        scope.evidence_ids,
    )
