"""Runs the hooks of a plan after the call: one after another, each with a time limit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import AgentSession

from offhook.core.call import Call
from offhook.core.facts import CallAnalysed, Ended, Fact, HookRan
from offhook.engine.user_code import OverBudgetError, call

__all__ = ["FinishedCall", "Hook", "run_hooks"]

log = logging.getLogger("offhook")

EACH = 5.0
ALL = 12.0
"""Time limits in seconds: `EACH` for one hook, `ALL` for all hooks together. `ALL` is below 15 s, because LiveKit
cancels a job 15 s after the room was closed.
"""


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """A call that has ended. `session` is closed; its `history` has the conversation.

    The history includes what was said while the recording was paused; the journal does not. `unrecorded` has the
    message texts and tool-call ids from these pauses.
    """

    call: Call
    ended: Ended
    session: AgentSession[Any]
    unrecorded: frozenset[str] = frozenset()


Hook = Callable[[FinishedCall], Awaitable[object] | object]


async def run_hooks(hooks: Sequence[Hook], finished: FinishedCall, post: Callable[[Fact], None]) -> None:
    """Run the hooks one after another. If a hook raises or times out, the next hooks still run until the `ALL` seconds
    are over.

    If a hook returns a `CallAnalysed` fact, this function posts that fact. A hook may have an attribute `within`: its
    own time limit in seconds, instead of 5 s.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + ALL
    for hook in hooks:
        started = clock()
        limit = getattr(hook, "within", EACH)
        result, error = await _run(hook, finished, within=min(limit, max(until - started, 0.0)))
        if isinstance(result, CallAnalysed):
            post(result)
        name = getattr(hook, "__qualname__", type(hook).__name__)
        if error:
            log.error("a hook failed after the call", extra={"hook": name, "error": error})
        post(HookRan(name, round(clock() - started, 3), error=error))


async def _run(hook: Hook, finished: FinishedCall, *, within: float) -> tuple[object, str]:
    """Return the hook's result and the text of its error; the text is empty if the hook succeeded."""
    if within <= 0:
        return None, f"not started: all hooks together have {ALL:g} s"
    try:
        return await call(hook, finished, name="hook", within=within), ""
    except OverBudgetError:
        return None, f"no result within {within:.1f} s"
    except Exception as error:  # a hook may raise any error, but the end of the call must still be recorded
        log.debug("a hook raised", exc_info=True)
        return None, f"{type(error).__name__}: {error}"[:500]
