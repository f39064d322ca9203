"""Random plans: scopes with hosts of all roles and accounts of all kinds, site contexts that tell none, some or all of
them, and a person who releases targets by name.

A `Made` plan knows which of its targets are protected in truth, whatever the program was told. The person is honest:
they release nothing that they know to be protected, unless the program can know it too and has to refuse.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from magistrate.context.model import AccountPurpose, Asset, Context
from magistrate.decision import Disposition
from magistrate.playbooks.load import load_playbook
from magistrate.response.plan import Plan, ReleaseError, make_plan, release
from magistrate.response.protection import NOT_JUDGED, guard_own_machine, guarded
from magistrate.response.scope import (
    AccountTarget,
    HostTarget,
    Reason,
    Scope,
    SourceTarget,
    SubscriptionTarget,
)

PLAYBOOK = load_playbook("t1047")
ATTACKS = (
    "'; Remove-Item C:\\ -Recurse #", "\u2019; calc #", "\u201a\u201b\u2018\u201c", "Ò; calc", "$(calc)", "`$x", '"; calc; "',
    "@'\ncalc\n'@", "#>\ncalc\n<#", "a\u2028calc", "a\rcalc", "{host_q}", "{0}", "__x__:value", "```\ncalc", "-WhatIf:$false",
    "| calc", "& calc", "%COMSPEC%", "a\x00b", "\U0001f600\u202e", "/password:Sommer2024", "<masked>", "x" * 300, "müller",
)  # fmt: skip
"""Names as an intruder would choose them."""
HOST_KINDS = (
    *(("open", {"role": "workstation", "tier": 2}),) * 6,
    *(("open", {"role": "server", "tier": 1}),) * 6,
    ("open", {"role": "server"}),
    ("protected", {"role": "dc"}),
    ("protected", {"role": "pki"}),
    ("protected", {"role": "backup"}),
    ("protected", {"role": "management"}),
    ("protected", {"role": "server", "tier": 0}),
    *(
        ("protected", {"role": "server", "tags": (tag,)})
        for tag in ("hypervisor", "cluster", "siem", "edr", "collector", "identity-sync", "sync", "ca", "backup")
    ),
)  # fmt: skip
DOMAIN = "S-1-5-21-1-2-3"
ACCOUNT_KINDS = (
    *(("open", "user", ""),) * 6,
    *(("open", "svc_", "inventory of all hosts"),) * 2,
    ("protected", "krbtgt", ""),
    ("protected", "krbtgt_4711", ""),
    ("protected", "Administrator", ""),
    ("protected", "MSOL_0123456789ab", ""),
    ("protected", "AAD_0123456789ab", ""),
    ("protected", "bg", "break-glass account"),
    ("protected", "em", "emergency access"),
    ("protected", "ids", "identity sync to the cloud"),
    ("protected", "resp", ""),
)


@dataclass
class Made:
    """A plan, the scope it was made from, the names protected in truth, and how many releases were refused."""

    plan: Plan
    scope: Scope
    protected: set[str]
    refused: int = 0


@dataclass
class _Site:
    assets: list[Asset] = field(default_factory=list)
    accounts: list[AccountPurpose] = field(default_factory=list)
    responders: list[str] = field(default_factory=list)
    management: list[str] = field(default_factory=list)


class Maker:
    """Makes plans from a seed; the same seed and attack strings give the same plans."""

    def __init__(self, seed: int, attacks: tuple[str, ...] = ATTACKS):
        self.dice = random.Random(seed)
        self.attacks = attacks

    def make(self) -> Made:
        """The next plan."""
        self.site, self.protected, self.known, self.number = _Site(), set(), set(), 0
        self.used: set[str] = set()
        self.told = self.dice.choice((0.0, 0.5, 1.0))
        hosts = [self._host() for _ in range(self.dice.randint(0, 6))]
        names = [host.name for host in hosts]
        accounts = [self._account(names) for _ in range(self.dice.randint(0, 5))]
        accounts += [self._of_host(name) for name in names if self.dice.random() < 0.3]
        sources = [self._source(host, names) for host in hosts if host.addresses and self.dice.random() < 0.7]
        if self.dice.random() < 0.4:
            sources.append(
                SourceTarget(f"203.0.113.{self.dice.randint(1, 254)}", NOT_JUDGED, tuple(names), ("e1",))
            )
        subscriptions = [self._subscription(name) for name in names if self.dice.random() < 0.4]
        scope = self._scope(hosts, accounts, sources, subscriptions)
        return self._finish(scope)

    def _finish(self, scope: Scope) -> Made:
        own = None
        if scope.hosts and self.dice.random() < 0.2:
            host = self.dice.choice(scope.hosts)
            own = host.name.partition(".")[0]
            self._protect(host.name, *host.addresses)
            self.known |= {host.name, *host.addresses}
        scope = guard_own_machine(guarded(scope, self._context(), own), own)
        made = Made(None, scope, self.protected)
        accepted = []
        for name in self._words(scope):
            try:
                scope = release(scope, [name])
                accepted.append(name)
            except ReleaseError:
                made.refused += 1
        made.scope = scope
        made.plan = make_plan(PLAYBOOK, scope, "0" * 64, tuple(accepted), self._name("Case"))
        return made

    def _words(self, scope: Scope) -> list[str]:
        names = [item.name for item in (*scope.hosts, *scope.accounts)]
        names += [item.address for item in scope.sources]
        honest = [name for name in names if name not in self.protected or name in self.known]
        return [name for name in honest if self.dice.random() < 0.4] + ["srv99"] * (self.dice.random() < 0.1)

    def _context(self) -> Context:
        if not self.told:
            return Context()
        self.dice.shuffle(self.site.assets)
        return Context(
            source="site.yml",
            assets=tuple(self.site.assets),
            accounts=tuple(self.site.accounts),
            responders=tuple(self.site.responders),
            management=tuple(self.site.management),
        )

    def _name(self, usual: str) -> str:
        return self.dice.choice(self.attacks) if self.dice.random() < 0.2 else usual

    def _protect(self, *names: str) -> None:
        self.protected |= set(names)

    def _host(self) -> HostTarget:
        self.number += 1
        kind, told = self.dice.choice(HOST_KINDS)
        usual = f"h{self.number:02}" + self.dice.choice(("", ".corp.example"))
        name = self._name(usual)
        name = usual if name in self.used else name  # a case holds each host once
        self.used.add(name)
        addresses = (f"10.0.0.{self.number}",) if self.dice.random() < 0.7 else ()
        tells = self.dice.random() < self.told
        directory = told.get("role") == "dc" and self.dice.random() < 0.5
        responder = self.dice.random() < 0.05
        if tells:
            short = self.dice.random() < 0.3 and name.startswith("h")
            listed = name.partition(".")[0].upper() if short else name
            self.site.assets.append(Asset(listed, addresses=addresses, **told))
            self.site.responders += [name] if responder else []
        if kind == "protected" or (responder and tells):
            self._protect(name, *addresses)
            self.known |= {name, *addresses} if tells or directory else set()
        lacks = tuple(item.id for item in PLAYBOOK.collect_items if self.dice.random() < 0.5)
        return HostTarget(name, NOT_JUDGED, self.dice.random() < 0.8, directory, addresses, lacks, ("e1",))

    def _account(self, hosts: list[str]) -> AccountTarget:
        self.number += 1
        kind, start, purpose = self.dice.choice(ACCOUNT_KINDS)
        short = (
            f"{start}{self.number:02}"
            if start.islower() and start not in ("krbtgt", "krbtgt_4711")
            else start
        )
        short = self._name(short) if kind == "open" else self.dice.choice((str, str.upper))(short)
        rid = {"krbtgt": 502, "administrator": 500}.get(short.lower(), 1000 + self.number)
        name = self.dice.choice(("CORP\\", "CORP\\", "")) + short
        sid = f"{DOMAIN}-{rid}" if self.dice.random() < 0.7 else None
        if self.told:  # a site that lists accounts lists its break-glass and synchronisation accounts
            if purpose:
                self.site.accounts.append(AccountPurpose(f"CORP\\{short}", sid, purpose=purpose))
            self.site.responders += [name] if start == "resp" else []
        if kind == "protected":
            self._protect(name, *([sid] if sid else []))
            self.known |= {name} if self.told or not (purpose or start == "resp") else set()
        return self._target(name, sid, hosts)

    def _of_host(self, host: str) -> AccountTarget:
        """A machine account or a local account; protected when its host is."""
        self.number += 1
        short = host.partition(".")[0]
        machine = self.dice.random() < 0.5
        name = f"CORP\\{short}$" if machine else f"{short}\\loc{self.number:02}"
        if host in self.protected:
            self._protect(name)
            self.known |= {name} if host in self.known else set()
        return self._target(name, None, [host], machine=machine, local=not machine)

    def _target(
        self, name: str, sid: str | None, hosts: list[str], *, machine: bool = False, local: bool = False
    ) -> AccountTarget:
        ids = tuple(self.dice.sample(range(1, 1 << 30), self.dice.randint(0, 3)))
        several = sid is None and self.dice.random() < 0.1
        return AccountTarget(
            name, sid, several, ids, tuple(hosts or ["h99"]), "", machine, local, NOT_JUDGED, ("e1", "e2")
        )

    def _source(self, host: HostTarget, names: list[str]) -> SourceTarget:
        return SourceTarget(host.addresses[0], NOT_JUDGED, tuple(names), ("e1",))

    def _subscription(self, host: str) -> SubscriptionTarget:
        found = self._name(self.dice.choice(("Trigger", "")))
        return SubscriptionTarget(
            host, self._name("root\\subscription"), self._name("Updater"), found, NOT_JUDGED, ("e3",)
        )

    def _scope(self, hosts, accounts, sources, subscriptions) -> Scope:
        disposition = self.dice.choices(tuple(Disposition), [6 if d is Disposition.ESCALATE_INCIDENT else 1
                                                            for d in Disposition])[0]  # fmt: skip
        if self.told and self.dice.random() < 0.5:
            self.site.management.append("10.0.1.1")
        facts = [
            name
            for name in ("destruction", "severe", "scope_open", "account_disputed", "dc_secrets")
            if self.dice.random() < 0.3
        ]
        facts += ["incident"] if disposition is Disposition.ESCALATE_INCIDENT else []
        facts += ["review"] if disposition is Disposition.ESCALATE_REVIEW else []
        facts += ["management_known"] if self.site.management else []
        lacks = {name for control in PLAYBOOK.controls for name in control.lacks}
        return Scope(
            disposition=disposition.value,
            severity=self.dice.choice((None, "SEV1", "SEV2")),
            facts=tuple(facts),
            reasons=(Reason(f"D2 finding on {self._name('h01')}.", ("e1",)),),
            hosts=tuple(hosts),
            accounts=tuple({item.name: item for item in accounts}.values()),
            sources=tuple(sources),
            subscriptions=tuple(subscriptions),
            disputed=("two sessions fit",),
            management=(),
            first_seen=self.dice.choice((None, "2024-03-12 10:00:00Z")),
            last_known_good=self.dice.choice((None, "2024-03-11 10:00:00Z")),
            last_seen=self.dice.choice((None, "2024-03-12 11:00:00Z")),
            uncovered=tuple(self._name("h01") for _ in range(self.dice.randint(0, 2))),
            rebuild=(),
            lacks=tuple(f"{name} on h01" for name in sorted(lacks) if self.dice.random() < 0.5),
            credential_evidence=(),
            evidence_ids=("e1",),
            context=None,
        )
