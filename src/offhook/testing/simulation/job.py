"""Runs one job as LiveKit's job process does: the entrypoint, and then the shutdown steps in LiveKit's order.

livekit-agents 1.8.9 has no public way to run an entrypoint outside its own processes, except as a `fake_job`. But in a
fake job, a hang-up does nothing. Therefore this file uses private names of LiveKit, which `PRIVATE` lists; a test fails
if one of these names is missing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import AgentServer, AgentSession, JobContext, JobExecutorType, JobProcess, utils
from livekit.agents import job as livekit_job
from livekit.agents.job import JobAcceptArguments, RunningJobInfo
from livekit.protocol import agent as agent_protocol
from livekit.protocol import models

from offhook.core.errors import OffhookError
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.user_errors import AgentCodeError, first_line
from offhook.worker.prewarm import Prewarm

__all__ = ["PRIVATE", "Job", "JobSpec", "private"]

log = logging.getLogger("offhook")

PRIVATE = {
    "server": ("_entrypoint_fnc", "_session_end_fnc"),
    "job": ("_JobContextVar",),
    "context": ("_shutdown_callbacks", "_pending_tasks", "_primary_agent_session", "_on_cleanup"),
}
_RETURN = 15.0
"""Seconds that LiveKit waits for the entrypoint to return after the shutdown request."""
_CLOSE = 60.0


def private(owner: object, name: str) -> Any:
    """Return a private attribute of livekit-agents 1.8.9. If a later version has no such name, raise an error."""
    try:
        return getattr(owner, name)
    except AttributeError:
        raise OffhookError(
            f"this livekit-agents has no {name}; simulations need livekit-agents 1.8.9 or a newer offhook"
        ) from None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """The data that the server sends with a job assignment."""

    id: str
    token: str
    url: str
    metadata: str = ""


class Job:
    """Runs the entrypoint of `server` in `room`; `connected` is called when the agent has joined."""

    def __init__(
        self, server: AgentServer, room: SimulatedRoom, spec: JobSpec, *, connected: Callable[[], None]
    ) -> None:
        self._server, self._room = server, room
        self._shutdown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        process = JobProcess(executor_type=JobExecutorType.PROCESS, user_arguments=None, http_proxy=None)
        _prepare(server, process)
        info = RunningJobInfo(
            accept_arguments=JobAcceptArguments(identity=f"agent-{spec.id}", name="", metadata=""),
            job=agent_protocol.Job(
                id=spec.id,
                room=models.Room(name=room.name),
                type=agent_protocol.JobType.JT_ROOM,
                metadata=spec.metadata,
            ),
            url=spec.url,
            token=spec.token,
            worker_id="simulated",
            fake_job=False,
        )
        any_room: Any = room  # the simulated room has the interface of LiveKit's room
        self.context = JobContext(
            proc=process,
            info=info,
            room=any_room,
            on_connect=connected,
            on_shutdown=self._request_shutdown,
            inference_executor=_NoInference(),
        )
        room.on("disconnected", self._disconnected)

    def _request_shutdown(self, reason: str) -> None:
        if not self._shutdown.done():
            self._shutdown.set_result(reason)

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        self._request_shutdown(f"room disconnected: {rtc.DisconnectReason.Name(reason).lower()}")

    async def run(self) -> str:
        """Run the job until it has shut down; returns the shutdown reason."""
        variable = private(livekit_job, "_JobContextVar")
        token = variable.set(self.context)
        try:
            async with utils.http_context.open():
                entrypoint = asyncio.create_task(self._run_entrypoint(), name="entrypoint")
                entrypoint.add_done_callback(self._on_return)
                reason = await self._shutdown
                await self._close(entrypoint, reason)
        finally:
            await self._clean_up()
            variable.reset(token)
        return reason

    async def _run_entrypoint(self) -> None:
        await private(self._server, "_entrypoint_fnc")(self.context)

    def _on_return(self, entrypoint: "asyncio.Task[None]") -> None:
        error = None if entrypoint.cancelled() else entrypoint.exception()
        if error is not None:
            log.error("the entrypoint failed", exc_info=error)
            self._request_shutdown(f"the job failed: {type(error).__name__}: {error}")

    async def _close(self, entrypoint: "asyncio.Task[None]", reason: str) -> None:
        _, running = await asyncio.wait([entrypoint], timeout=_RETURN)
        if running:
            log.warning("the entrypoint did not return in time and was cancelled", extra={"seconds": _RETURN})
            entrypoint.cancel()
            await asyncio.wait([entrypoint])
        session: AgentSession[Any] | None = private(self.context, "_primary_agent_session")
        if session is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE):
                    await session.aclose()
        if (ended := private(self._server, "_session_end_fnc")) is not None:
            await _logged("on_session_end", ended(self.context))
        await self._room.disconnect()
        callbacks: list[Callable[[str], Awaitable[None]]] = private(self.context, "_shutdown_callbacks")
        await asyncio.gather(*(_logged("a shutdown callback", callback(reason)) for callback in callbacks))

    async def _clean_up(self) -> None:
        pending: list[asyncio.Task[Any]] = list(private(self.context, "_pending_tasks"))
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await private(self.context, "_on_cleanup")()


async def _logged(what: str, work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # as in a real job: the error is logged and the shutdown continues
        log.exception("a step of the job's shutdown failed", extra={"in": what})


def _prepare(server: AgentServer, process: JobProcess) -> None:
    """Run the user's `setup_fnc`, but not offhook's own prewarm: in a simulation, models load at first use."""
    setup = server.setup_fnc
    if isinstance(setup, Prewarm):
        setup = setup.user
    if setup is not None:
        try:
            setup(process)
        except Exception as error:
            raise AgentCodeError(first_line(error, "in prewarm")) from error


class _NoInference:
    async def do_inference(self, method: str, data: bytes) -> bytes | None:  # noqa: ARG002  # LiveKit's signature
        raise OffhookError(f"{method} needs LiveKit's inference process, which a simulation does not have")
