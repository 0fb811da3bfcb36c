"""Sends a signed command to each running call of the worker, so that the agent says goodbye and hangs up."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from livekit.agents.job import RunningJobInfo

from offhook.control.api import Api, connect
from offhook.control.client import send_command
from offhook.core.commands import EndCommand
from offhook.core.errors import CommandError
from offhook.settings import Settings

__all__ = ["end_running_calls"]

log = logging.getLogger("offhook")

_TIMEOUT = 25.0
"""Maximum seconds to wait until all calls have ended. The calls end in parallel. In most plans, the time limit of a
goodbye is shorter.
"""
_POLL_INTERVAL = 0.1


async def end_running_calls(settings: Settings, running: Callable[[], Sequence[RunningJobInfo]]) -> None:
    """Send each running call the command to end. Wait at most 25 s until all calls have ended."""
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
        async with asyncio.timeout(_TIMEOUT):
            while any(not job.fake_job for job in running()):  # noqa: ASYNC110  # LiveKit has no event for a job's end
                await asyncio.sleep(_POLL_INTERVAL)
    except TimeoutError:
        log.error("calls still run after the time for goodbyes", extra={"calls": len(running())})


async def _end(api: Api, job: RunningJobInfo) -> None:
    try:
        answer = await send_command(
            api,
            room=job.job.room.name,
            identity=job.accept_arguments.identity or f"agent-{job.job.id}",
            call=job.job.id,
            command=EndCommand(reason="shutdown"),
            by="worker",
        )
    except CommandError as error:
        log.warning("a call did not accept the command to end", extra={"call": job.job.id, "code": error.code})
    else:
        log.info("a call accepted the command to end", extra={"call": job.job.id, "status": answer.get("status")})
