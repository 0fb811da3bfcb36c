"""What runs when the line is closed: the user's own functions, each on its own, none for ever."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import AgentSession

from offhook.core.call import Call
from offhook.core.facts import Ended, Fact, HookRan
from offhook.session.threads import in_thread

__all__ = ["FinishedCall", "Hook", "run_hooks"]

log = logging.getLogger("offhook")

EACH = 5.0
ALL = 12.0
"""Seconds for one hook, and for all: 15 s after the room is gone LiveKit cancels what still runs in a job."""


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """A call that is over. `session` is closed; its `history` has what was said."""

    call: Call
    ended: Ended
    session: AgentSession[Any]


Hook = Callable[[FinishedCall], Awaitable[object] | object]


async def run_hooks(hooks: Sequence[Hook], finished: FinishedCall, post: Callable[[Fact], None]) -> None:
    """Run them one after another; one that raises or hangs costs the others nothing but its time."""
    clock = asyncio.get_running_loop().time
    until = clock() + ALL
    for hook in hooks:
        started = clock()
        error = await _run(hook, finished, within=min(EACH, max(until - started, 0.0)))
        name = getattr(hook, "__qualname__", type(hook).__name__)
        if error:
            log.error("a function of the plan's failed after the call", extra={"hook": name, "error": error})
        post(HookRan(name, round(clock() - started, 3), error=error))


async def _run(hook: Hook, finished: FinishedCall, *, within: float) -> str:
    if within <= 0:
        return f"not started: all hooks together have {ALL:g} s"
    try:
        async with asyncio.timeout(within):
            await (hook(finished) if inspect.iscoroutinefunction(hook) else in_thread(hook, finished, name="hook"))
    except TimeoutError:
        return f"given up after {within:.1f} s"
    except Exception as error:  # the user's function may raise anything; the call is over and must be written
        log.debug("a hook raised", exc_info=True)
        return f"{type(error).__name__}: {error}"[:500]
    return ""
