"""Ends the calls of this worker with a spoken sentence, the way anybody else would: by a signed command."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from livekit.agents.job import RunningJobInfo

from offhook.control.api import Api, connect
from offhook.control.client import send_command
from offhook.core.errors import CommandError
from offhook.core.verbs import End, write_verb
from offhook.settings import Settings

__all__ = ["say_farewell"]

log = logging.getLogger("offhook")

_PATIENCE = 25.0
"""Seconds for all goodbyes: the longest patience a plan usually has, and the closing of the line."""
_LOOK = 0.1


async def say_farewell(settings: Settings, running: Callable[[], Sequence[RunningJobInfo]]) -> None:
    """Command each running call to end because of a shutdown, and wait until they are gone, for a bounded time."""
    jobs = [job for job in running() if not job.fake_job]
    if not jobs:
        return
    log.info("ending the running calls", extra={"calls": len(jobs)})
    secret = settings.livekit_api_secret
    async with connect(
        url=settings.livekit_url,
        key=settings.livekit_api_key,
        secret=secret.get_secret_value() if secret else None,
    ) as api:
        await asyncio.gather(*(_end(api, job) for job in jobs))
    try:
        async with asyncio.timeout(_PATIENCE):
            while any(not job.fake_job for job in running()):  # noqa: ASYNC110  # LiveKit tells nobody of a job's end
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        log.error("calls were still running after the farewell", extra={"calls": len(running())})


async def _end(api: Api, job: RunningJobInfo) -> None:
    try:
        answer = await send_command(
            api,
            room=job.job.room.name,
            identity=job.accept_arguments.identity or f"agent-{job.job.id}",
            call=job.job.id,
            verb=write_verb(End(reason="shutdown")),
            by="worker",
        )
    except CommandError as error:
        log.warning("a call could not be told to end", extra={"call": job.job.id, "code": error.code})
    else:
        log.info("a call was told to end", extra={"call": job.job.id, "status": answer.get("status")})
