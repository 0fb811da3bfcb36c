"""The tools of a compared call, made from its spec, and the log of their runs."""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from livekit.agents import Agent, AgentTask, RunContext, StopResponse, ToolError, function_tool, llm
from livekit.agents.beta.workflows import TaskGroup

from offhook.testing.compare.spec import ToolSpec

__all__ = ["Log", "WorkError", "tool_of"]


class WorkError(RuntimeError):
    """A tool, hook or `on_enter` of a spec raises this on purpose."""


@dataclass
class Log:
    """Records what the agent's code does. `ran` has the tool runs in order: (time, name)."""

    ran: list[tuple[float, str]] = field(default_factory=list)
    busy: list[list[float]] = field(default_factory=list)
    """Begin and end of each period in which the agent's own code or its model was working."""

    turns: list[tuple[float, str]] = field(default_factory=list)
    """The caller's turns that the agent's hook received: (time, words)."""
    raised: list[float] = field(default_factory=list)
    """The times at which a hook or an `on_enter` raised an error."""
    stopped: list[float] = field(default_factory=list)
    """The times at which a hook stopped the caller's turn."""

    def fail(self, what: str) -> NoReturn:
        """Record the time, and raise `WorkError`."""
        self.raised.append(asyncio.get_running_loop().time())
        raise WorkError(f"this {what} raises on purpose")

    def stop(self) -> NoReturn:
        """Record the time, and stop the caller's turn."""
        self.stopped.append(asyncio.get_running_loop().time())
        raise StopResponse

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Record the time if the block raises `RuntimeError`: the session then accepts no new speech."""
        try:
            yield
        except RuntimeError:
            self.raised.append(asyncio.get_running_loop().time())
            raise

    def note(self, what: str) -> None:
        self.ran.append((asyncio.get_running_loop().time(), what))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Record the time of the block as working time.

        The comparison accepts that offhook says a filler in working time.
        """
        loop = asyncio.get_running_loop()
        span = [loop.time(), math.inf]
        self.busy.append(span)
        try:
            yield
        finally:
            span[1] = loop.time()


def tool_of(spec: ToolSpec, log: Log, other: Callable[[], Agent], form: Callable[[], AgentTask[str]]) -> llm.Tool:
    """Make the tool of this spec; `other` makes the agent for a handoff, `form` makes the task."""

    @function_tool(name=spec.name)
    async def work(ctx: RunContext[Any]) -> object:
        """Look something up."""
        log.note(f"{spec.name}()")
        with log.working():
            return await _does(spec, ctx, other, form)

    return work


async def _does(
    spec: ToolSpec,
    ctx: RunContext[Any],
    other: Callable[[], Agent],
    form: Callable[[], AgentTask[str]],
) -> object:
    if spec.kind == "updates":
        await ctx.update("still at it")
    await asyncio.sleep(spec.seconds)
    match spec.kind:
        case "value" | "updates":
            return f"{spec.name} is ready"
        case "none":
            return None
        case "handoff":
            return other(), f"{spec.name} takes over"
    return await _acts(spec, ctx, other, form)


async def _acts(
    spec: ToolSpec,
    ctx: RunContext[Any],
    other: Callable[[], Agent],
    form: Callable[[], AgentTask[str]],
) -> object:
    match spec.kind:
        case "raises":
            raise WorkError(f"{spec.name} raises on purpose")
        case "tool_error":
            raise ToolError(f"{spec.name} is not there today")
        case "stop_response":
            raise StopResponse
        case "update_agent":
            ctx.session.update_agent(other())
            return f"{spec.name} takes over"
        case "task":
            return await form()
        case "task_group":
            group = TaskGroup(summarize_chat_ctx=False)
            group.add(form, id="first", description="the first number")
            group.add(form, id="second", description="the second number")
            return str((await group).task_results)
        case "says":
            ctx.session.say("I look it up for you.")
        case "interrupts":
            ctx.session.interrupt()
        case "options":
            ctx.session.update_options(endpointing_opts={"min_delay": 0.8})
    return f"{spec.name} is ready"
