"""The list of actions, filled by the modules that hold them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from scenario_writer.layouts import LayoutError
from scenario_writer.scenario import ScenarioError, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenario_writer.stage import Stage

ACTIONS: dict[str, Callable[..., None]] = {}


def action(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function usable as `do: <its name>`; its keyword arguments are the keys of the event."""
    ACTIONS[function.__name__] = function
    return function


def perform(stage: Stage, step: Step) -> None:
    """Play one step.

    Raises:
        ScenarioError: the action or one of its arguments is unknown, or it needs something that is not there.
    """
    function = ACTIONS.get(step.action)
    if function is None:
        message = f"{step.label}: no action {step.action}. Actions: {', '.join(sorted(ACTIONS))}."
        raise ScenarioError(message)
    try:
        inspect.signature(function).bind(stage, step.at, **step.arguments)
    except TypeError as error:
        message = (
            f"{step.label}: {step.action}: {error}. Its form: {step.action}{inspect.signature(function)}."
        )
        raise ScenarioError(message) from error
    try:
        function(stage, step.at, **step.arguments)
    except (ScenarioError, LayoutError, LookupError) as error:
        message = f"{step.label}: {step.action}: {error}"
        raise ScenarioError(message) from error
