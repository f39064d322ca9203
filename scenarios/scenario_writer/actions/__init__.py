"""What can happen in a scenario. Every public function of these modules marked with `action` is a word for `do:`."""

from scenario_writer.actions import (
    logons,
    network,
    powershell,
    processes,
    shares,
    subscriptions,
    system,
    wmi,
    wmiexec,
    wsman,
)
from scenario_writer.actions.registry import ACTIONS, perform

__all__ = [
    "ACTIONS",
    "logons",
    "network",
    "perform",
    "powershell",
    "processes",
    "shares",
    "subscriptions",
    "system",
    "wmi",
    "wmiexec",
    "wsman",
]
