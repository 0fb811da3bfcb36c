"""What follows the end of the line: the session is closed, the plan's functions run, and the last fact is written."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession

from offhook.core.facts import Ended, Failed
from offhook.journal.writer import Journal
from offhook.session.after import FinishedCall, run_hooks

if TYPE_CHECKING:
    from offhook.line.pickup import Pickup

__all__ = ["put_down"]

log = logging.getLogger("offhook")

_HANDLERS = 2.0
"""Seconds that handlers have after the end of the call for what they have not seen yet."""
_CLOSE_SESSION = 10.0
"""Seconds that a session may take to close; the line is closed already."""


async def put_down(pickup: "Pickup", journal: Journal) -> None:
    """Wait for the end of the call and finish it, also while the entrypoint waits for something that never comes."""
    await asyncio.wait([pickup.supervising])
    await pickup.arrivals.stop()
    if pickup.supervising.cancelled():
        # There is no line that we could close: the main process sees a job without an end, and closes the room.
        reason = "the agent could not join the room"
        pickup.supervisor.post(Failed("join the room", reason))
    else:
        ended = pickup.supervising.result()
        if pickup.session is not None:
            await _close(pickup.session)
            await pickup.handlers.catch_up(within=_HANDLERS)
            await _run_hooks(pickup, ended)
        pickup.supervisor.post(ended)
        await pickup.handlers.finish(within=_HANDLERS)
        log.info("call ended", extra={"call": pickup.ctx.job.id, "reason": ended.reason, "seconds": ended.seconds})
        reason = str(ended.reason)
    pickup.supervisor.close()
    await pickup.announcer.close()
    await pickup.line.close()
    await journal.safe()
    journal.close()
    pickup.leave(reason)


async def _close(session: AgentSession[Any]) -> None:
    """Let the session commit its last words; the caller is gone and pays nothing for it."""
    try:
        async with asyncio.timeout(_CLOSE_SESSION):
            await session.aclose()
    except TimeoutError:
        log.error("the session did not close in time", extra={"seconds": _CLOSE_SESSION})
    except Exception:  # a dead model may raise anything here; the end of the call must still be written
        log.exception("the session could not be closed")


async def _run_hooks(pickup: "Pickup", ended: Ended) -> None:
    """There is nothing to run for a call that had no caller."""
    if pickup.hooks and pickup.session is not None and pickup.caller_came:
        await run_hooks(pickup.hooks, FinishedCall(pickup.known(), ended, pickup.session), pickup.supervisor.post)
