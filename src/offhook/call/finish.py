"""Finishes a call after the hang-up: closes the session, runs the hooks, and records the fact `Ended`."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from offhook.core.facts import ActionFailed, Ended
from offhook.engine.user_code import OverBudgetError, bounded
from offhook.journal.writer import Journal
from offhook.session.hooks import FinishedCall, run_hooks

if TYPE_CHECKING:
    from offhook.call.runtime import CallRuntime

__all__ = ["finish_call"]

log = logging.getLogger("offhook")

_HANDLERS = 2.0
"""Maximum seconds to wait, after the end of the call, for fact handlers that still run."""
_CLOSE_SESSION = 10.0
"""Seconds that a session may take to close, after the hang-up."""
_CLOSE_OURS = 2.0
_CLOSE_RECORDING = 4.0
"""Maximum seconds to write the end of a recording and to read the file for its hash. If the disk is slower, the
worker's main process does this work.
"""


async def finish_call(runtime: "CallRuntime", journal: Journal) -> None:
    """Wait for the end of the call and finish the call, even if the entrypoint does not return."""
    await asyncio.wait([runtime.supervising])
    await runtime.connection.media_watch.stop()
    await runtime.twin_check.stop()
    if runtime.supervising.cancelled():
        # The job has not joined the room, so the job cannot close the room. The worker's main process closes the room,
        # because the journal has no `Ended` record of this call.
        reason = "the agent could not join the room"
        runtime.supervisor.post(ActionFailed("join the room", reason))
    else:
        ended = runtime.supervising.result()
        await _finish(runtime, ended)
        reason = str(ended.reason)
    runtime.supervisor.close()
    await _close(runtime.announcer.close(), "announcer", within=_CLOSE_OURS)
    await _close(runtime.connection.closer.close(), "server API", within=_CLOSE_OURS)
    await journal.flushed()
    journal.close()
    runtime.job_end.leave(reason)


async def _finish(runtime: "CallRuntime", ended: Ended) -> None:
    """Close the session, run the user's handlers and hooks, and record the end of the call. The end is recorded even
    after an error.
    """
    try:
        if runtime.attached.session is not None:
            # The session commits its last messages while it closes. Slow closing does no harm, because the caller has
            # already left.
            await _close(runtime.attached.session.aclose(), "session", within=_CLOSE_SESSION)
            if runtime.attached.recording is not None:
                await _close(runtime.attached.recording.finish(), "recording", within=_CLOSE_RECORDING)
            await runtime.handlers.catch_up(within=_HANDLERS)
            await _run_hooks(runtime, ended)
    except Exception as error:  # even after an error, the end of the call must be recorded
        log.exception("finishing the call failed", extra={"call": runtime.ctx.job.id})
        runtime.supervisor.post(ActionFailed("finish the call", repr(error)[:500]))
    runtime.supervisor.post(ended)
    await runtime.handlers.finish(within=_HANDLERS)
    log.info("call ended", extra={"call": runtime.ctx.job.id, "reason": ended.reason, "seconds": ended.seconds})


async def _close(closing: Coroutine[Any, Any, None], what: str, *, within: float) -> None:
    try:
        await bounded(closing, name=f"close the {what}", within=within)
    except OverBudgetError:
        log.error("closing timed out", extra={"what": what, "seconds": within})
    except Exception:  # a model may raise any error here, but the end of the call must still be recorded
        log.exception("closing failed", extra={"what": what})


async def _run_hooks(runtime: "CallRuntime", ended: Ended) -> None:
    """Run the plan's hooks if a caller has joined the call."""
    if runtime.attached.hooks and runtime.attached.session is not None and runtime.arrival.caller_came:
        await run_hooks(
            runtime.attached.hooks,
            FinishedCall(runtime.arrival.call_info(), ended, runtime.attached.session, runtime.supervisor.unrecorded),
            runtime.supervisor.post,
        )
