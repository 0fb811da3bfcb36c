"""The lifecycle of one call: join the room, open the journal, run the entrypoint, wait for the end, finish."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit.agents import JobContext

from offhook.call.entrypoint_error import end_request
from offhook.call.finish import finish_call
from offhook.call.process_guard import ProcessGuard
from offhook.call.runtime import CallRuntime
from offhook.core.errors import OffhookError
from offhook.core.facts import EndRequested
from offhook.engine.user_code import cancelled_by_us
from offhook.journal.writer import Journal
from offhook.redaction.logs import mask_logs
from offhook.redaction.redactor import Redactor
from offhook.settings import load_settings

__all__ = ["open_call"]

log = logging.getLogger("offhook")


@asynccontextmanager
async def open_call(ctx: JobContext, *, outbound: bool = False) -> AsyncIterator[CallRuntime]:
    """Join the room, open the journal and supervise the call. The `async with` statement waits, after its block, until
    the call has ended.
    """
    started = time.monotonic()
    mask_logs()
    settings = load_settings()
    mask = Redactor(regions=settings.own_phone_regions) if "journal" in settings.redacted_places else None
    journal = Journal.open(settings.journal, settings.webhook_receivers, mask=mask)
    runtime = CallRuntime(ctx, settings, journal, outbound=outbound and not ctx.is_fake_job())
    guard = ProcessGuard(ctx, settings, over=runtime.supervising.done, post=runtime.supervisor.post)
    finishing = asyncio.create_task(finish_call(runtime, journal), name="offhook finish call")
    try:
        try:
            await runtime.connect()
            log.info("picked up", extra={"call": ctx.job.id, "ms": round((time.monotonic() - started) * 1000)})
            yield runtime
        except (Exception, asyncio.CancelledError, SystemExit) as error:
            if cancelled_by_us(error):
                raise
            if runtime.connection.joined:
                runtime.supervisor.post(end_request(error, answered=runtime.arrival.answered))
                await asyncio.shield(runtime.supervising)
            if isinstance(error, Exception):
                raise
            raise OffhookError(f"the entrypoint raised {error!r} during the call") from error
        await asyncio.shield(runtime.supervising)
    except asyncio.CancelledError:
        # LiveKit cancels an entrypoint 15 s after the job's shutdown. No goodbye is needed, because the caller has
        # already left at this time.
        runtime.supervisor.post(EndRequested("shutdown", goodbye="", by="livekit", detail="the job was cancelled"))
        raise
    finally:
        if not runtime.connection.joined:
            runtime.supervising.cancel()
        runtime.job_end.entrypoint_returned()
        await asyncio.shield(finishing)
        guard.stop()
