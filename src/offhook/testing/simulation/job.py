"""The life of one job, as LiveKit's job process leads it: entrypoint, shutdown in its order, callbacks.

livekit-agents 1.8.9 has no public way to run an entrypoint outside of its processes, except as a `fake_job`, which
every hang-up ignores. The few private names that it takes are all here, and a test fails when one is gone.
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
from offhook.worker.warm import Warm

__all__ = ["PRIVATE", "Job", "JobSpec", "private"]

log = logging.getLogger("offhook")

PRIVATE = {
    "server": ("_entrypoint_fnc", "_session_end_fnc"),
    "job": ("_JobContextVar",),
    "context": ("_shutdown_callbacks", "_pending_tasks", "_primary_agent_session", "_on_cleanup"),
}
_LEAVE = 15.0
"""Seconds that LiveKit gives an entrypoint to return once the job is told to shut down."""
_CLOSE = 60.0


def private(owner: object, name: str) -> Any:
    """A name of livekit-agents 1.8.9 that is not public; told by name when a later version has lost it."""
    try:
        return getattr(owner, name)
    except AttributeError:
        raise OffhookError(
            f"this livekit-agents has no {name} any more; simulations need livekit-agents 1.8.9 or a newer offhook"
        ) from None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What the server would tell the job."""

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
        any_room: Any = room  # it has the surface of LiveKit's room
        self.context = JobContext(
            proc=process,
            info=info,
            room=any_room,
            on_connect=connected,
            on_shutdown=self._ask,
            inference_executor=_NoInference(),
        )
        room.on("disconnected", self._disconnected)

    def _ask(self, reason: str) -> None:
        if not self._shutdown.done():
            self._shutdown.set_result(reason)

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        self._ask(f"room disconnected: {rtc.DisconnectReason.Name(reason).lower()}")

    async def run(self) -> str:
        """Lead the job to its end; why it ended."""
        variable = private(livekit_job, "_JobContextVar")
        token = variable.set(self.context)
        try:
            async with utils.http_context.open():
                entrypoint = asyncio.create_task(self._enter(), name="entrypoint")
                reason = await self._shutdown
                await self._close(entrypoint, reason)
        finally:
            await self._clean_up()
            variable.reset(token)
        return reason

    async def _enter(self) -> None:
        entrypoint = private(self._server, "_entrypoint_fnc")
        try:
            await entrypoint(self.context)
        except Exception as error:
            log.exception("the entrypoint failed")
            self._ask(f"the job failed: {type(error).__name__}: {error}")

    async def _close(self, entrypoint: "asyncio.Task[None]", reason: str) -> None:
        _, running = await asyncio.wait([entrypoint], timeout=_LEAVE)
        if running:
            log.warning("the entrypoint did not return in time and is cancelled", extra={"seconds": _LEAVE})
            entrypoint.cancel()
            await asyncio.wait([entrypoint])
        session: AgentSession[Any] | None = private(self.context, "_primary_agent_session")
        if session is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE):
                    await session.aclose()
        if (ended := private(self._server, "_session_end_fnc")) is not None:
            await _told("on_session_end", ended(self.context))
        await self._room.disconnect()
        callbacks: list[Callable[[str], Awaitable[None]]] = private(self.context, "_shutdown_callbacks")
        await asyncio.gather(*(_told("a shutdown callback", callback(reason)) for callback in callbacks))

    async def _clean_up(self) -> None:
        pending: list[asyncio.Task[Any]] = list(private(self.context, "_pending_tasks"))
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await private(self.context, "_on_cleanup")()


async def _told(what: str, work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # as in a real job: it is logged, and the job goes on to its end
        log.exception("the end of the job met an error", extra={"in": what})


def _prepare(server: AgentServer, process: JobProcess) -> None:
    """Run the user's `setup_fnc`; what offhook warms up is not needed, or is loaded when it is used."""
    setup = server.setup_fnc
    if isinstance(setup, Warm):
        setup = setup.user
    if setup is not None:
        setup(process)


class _NoInference:
    async def do_inference(self, method: str, data: bytes) -> bytes | None:  # noqa: ARG002  # LiveKit's signature
        raise OffhookError(f"{method} needs LiveKit's inference process, which a simulation does not have")
