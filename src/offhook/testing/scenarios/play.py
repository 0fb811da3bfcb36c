"""Converts a scenario's steps to a script for the scripted caller."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from offhook.core.errors import OffhookError
from offhook.testing.scenarios.file import Scenario, ScenarioError, Step

if TYPE_CHECKING:
    from offhook.testing.simulation.caller import ScriptedCaller

__all__ = ["script_of"]


def script_of(scenario: Scenario) -> "Callable[[ScriptedCaller], Awaitable[None]]":
    """Return a script that runs the steps in order; an error names the number of the failed step."""

    async def script(caller: "ScriptedCaller") -> None:
        for step in scenario.steps:
            try:
                await _do(caller, step)
            except OffhookError as error:
                raise ScenarioError(f"{scenario.name}: step {step.number} ({step.verb}): {error}") from None

    return script


async def _do(caller: "ScriptedCaller", step: Step) -> None:
    verb: Callable[..., Any] = getattr(caller, step.verb)
    done = verb(**step.options) if step.value is True else verb(step.value, **step.options)
    if isinstance(done, Awaitable):
        await done
