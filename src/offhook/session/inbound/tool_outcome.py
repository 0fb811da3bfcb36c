"""Distinguishes a tool that returned nothing from a tool that declined a reply on purpose.

In both cases LiveKit's event has the status `done` and no message. Only the result of the asyncio task that ran the
tool shows the difference. livekit-agents 1.8.9 has no public access to that task, so offhook finds the task by its name
(`TASK`). A test fails if the name changes.
"""

import asyncio
from typing import Any

from livekit.agents.voice import events

__all__ = ["TASK", "ToolOutcomes"]

TASK = "tool_exec_{name}"
"""LiveKit's name of the asyncio task that runs a tool."""


class ToolOutcomes:
    """Keeps the asyncio tasks of the running tools, by tool-call id, and the ids of the tool calls that returned
    nothing.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._returned_nothing: set[str] = set()

    def started(self, call_id: str, name: str) -> None:
        """Find the tool's asyncio task. LiveKit creates the task right before it emits `ToolCallStarted`."""
        known = set(self._tasks.values())
        named = (task for task in asyncio.all_tasks() if task.get_name() == TASK.format(name=name))
        if (task := next((task for task in named if task not in known and not task.done()), None)) is not None:
            self._tasks[call_id] = task

    def ended(self, call_id: str) -> None:
        """Record whether the tool returned nothing. A cancelled tool counts as a tool that returned nothing."""
        task = self._tasks.pop(call_id, None)
        if task is not None and task.done() and (task.cancelled() or (not task.exception() and task.result() is None)):
            self._returned_nothing.add(call_id)

    def declined(self, event: events.FunctionToolsExecutedEvent) -> str:
        """Return the name of a tool that declined a reply. Return an empty string if there is no such tool, or if a
        reply follows anyway.
        """
        outputs = event.function_call_outputs
        nothing = self._returned_nothing.intersection(output.call_id for output in outputs)
        self._returned_nothing -= nothing
        if event.has_tool_reply or event.has_agent_handoff:
            return ""
        return next((output.name for output in outputs if output.call_id not in nothing), "")
