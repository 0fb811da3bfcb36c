"""Prevents dead air in three cases: a tool raises `CancelledError`, a tool raises `SystemExit`, or a tool closes the
session in which the tool runs.

If a `CancelledError` leaks out of a tool, livekit-agents 1.8.9 behaves as if LiveKit had cancelled the tool, and gives
no answer. If a tool awaits the session's `aclose()` or `drain()`, the method waits for the tool, and the tool waits for
the method.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from types import new_class
from typing import Any

from livekit.agents import AgentSession
from livekit.agents.llm import ToolContext

from offhook.core.facts import Fact, ToolStarted, Warned
from offhook.engine.user_code import EXITED, LEAKED, StoppedItselfError, cancelled_by_us

__all__ = ["ToolGuard"]


@dataclass(slots=True)
class _Run:
    """One run of a tool. Tasks that the tool starts inherit this object, and may run longer than the tool."""

    running: bool = True


_MARK = "offhook_guarded"
_RUN: ContextVar[_Run | None] = ContextVar("offhook tool", default=None)


class ToolGuard:
    """Guards the tools of one session. The supervisor passes each fact to `notice`, which guards a tool that starts."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._aclose, self._drain = session.aclose, session.drain
        for name, instead in (("aclose", self._close_outside_tool), ("drain", self._drain_outside_tool)):
            setattr(session, name, instead)

    def notice(self, fact: Fact) -> None:
        """If the fact says that a tool starts, guard this tool. The fact is early enough: the tool's first line has not
        run yet.
        """
        if not isinstance(fact, ToolStarted):
            return
        for each in (*self._session.tools, *self._session.current_agent.tools):
            tool = ToolContext([each]).function_tools.get(fact.name)
            if tool is not None and not hasattr(tool, _MARK):
                tool.__class__ = _guarded(type(tool))

    async def _close_outside_tool(self) -> None:
        if not _in_tool():
            await self._aclose()
            return
        self._post(Warned("session.aclose() inside a tool waits for that tool; session.shutdown() is called instead"))
        self._session.shutdown()

    async def _drain_outside_tool(self) -> None:
        if not _in_tool():
            await self._drain()
            return
        self._post(Warned("session.drain() inside a tool waits for that tool; the call is ignored"))


def _in_tool() -> bool:
    """True if the code that calls this function was started by a tool, and the tool is still running."""
    run = _RUN.get()
    return run is not None and run.running


@cache
def _guarded(kind: type[Any]) -> type[Any]:
    """Return a subclass of this tool class that guards each run of the tool."""

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _run(kind.__call__(self, *args, **kwargs))

    return new_class(kind.__name__, (kind,), exec_body=lambda body: body.update({"__call__": run, _MARK: True}))


async def _run(work: Awaitable[Any]) -> Any:
    run = _Run()
    _RUN.set(run)
    try:
        return await work
    except (asyncio.CancelledError, SystemExit) as error:
        if cancelled_by_us(error):
            raise
        cause = LEAKED if isinstance(error, asyncio.CancelledError) else EXITED.format(error=error)
        raise StoppedItselfError(cause) from error
    finally:
        run.running = False
