"""Converts a scenario's steps to a script for a simulated caller or a caller on a real server."""

from collections.abc import Awaitable, Callable
from typing import Any

from offhook.core.errors import OffhookError
from offhook.testing.scenarios.file import Scenario, ScenarioError, Step

__all__ = ["script_of"]


def script_of(scenario: Scenario) -> Callable[[Any], Awaitable[None]]:
    """Return a script that runs the steps in order; an error names the number of the failed step.

    The script gets a `ScriptedCaller` or a `LiveCaller`. Both have a method for each verb, except that `LiveCaller` has
    no `returns`.
    """

    async def script(caller: Any) -> None:
        for step in scenario.steps:
            try:
                await _do(caller, step)
            except OffhookError as error:
                raise ScenarioError(f"{scenario.name}: step {step.number} ({step.verb}): {error}") from None

    return script


async def _do(caller: Any, step: Step) -> None:
    verb: Callable[..., Any] = getattr(caller, step.verb)
    done = verb(**step.options) if step.value is True else verb(step.value, **step.options)
    if isinstance(done, Awaitable):
        await done
