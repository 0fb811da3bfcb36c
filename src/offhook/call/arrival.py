"""Says whether the caller is in the room and can hear the agent, and what is known about the call."""

import asyncio
from collections.abc import Callable
from typing import Any

from livekit.agents import JobContext

from offhook.call.outbound_call import outbound_call, wait_for_follower
from offhook.core.call import Call, Caller, read_metadata
from offhook.core.errors import OffhookError
from offhook.core.facts import Ended, Fact, Warned
from offhook.core.resumed import ATTRIBUTE, Resumed, parse_resumed
from offhook.room.events import RoomWatch
from offhook.room.participants import caller_of, sip_of
from offhook.room.sip_headers import remember_room

__all__ = ["Arrival"]


class Arrival:
    """Waits for the caller and describes the call.

    If `outbound` is True, the call starts without a caller, because the plan may dial a phone. The task `supervising`
    is done when the call has ended. `followed` is set when a client follows the call's records.
    """

    def __init__(
        self,
        ctx: JobContext,
        watch: RoomWatch,
        *,
        outbound: bool,
        supervising: "asyncio.Task[Ended]",
        followed: asyncio.Event,
        post: Callable[[Fact], None],
    ) -> None:
        self._ctx = ctx
        self._watch = watch
        self._outbound = outbound
        self._supervising = supervising
        self._followed = followed
        self._post = post
        self._call: Call | None = None

    @property
    def resumes(self) -> Resumed | None:
        """The earlier call that this call takes over. The job process of the earlier call has died. None if there is no
        such call.
        """
        return None if self._ctx.is_fake_job() else parse_resumed(self._ctx.job.attributes.get(ATTRIBUTE, ""))

    @property
    def caller_came(self) -> bool:
        """True once a caller has joined the room."""
        return self._ctx.is_fake_job() or self._watch.caller.done()

    @property
    def answered(self) -> bool:
        """True if the caller is in the room and can hear the agent."""
        return self._ctx.is_fake_job() or self._watch.status == "active"

    @property
    def ringing(self) -> bool:
        """True while the caller's phone call is not answered yet."""
        return self._watch.status == "ringing"

    async def caller_there(self) -> Call:
        """Wait until the caller has joined, and return the call. When the caller has joined, the caller's phone may
        still be ringing.

        Raises `OffhookError` if the call ends before a caller joins. An outbound call has no caller yet. If the
        metadata announces a client that follows the records, this method waits only for that client.
        """
        if self._ctx.is_fake_job():
            return self.call_info()
        if self._outbound:
            await wait_for_follower(self._ctx.job, self._followed)
            return self.call_info()
        caller = asyncio.ensure_future(asyncio.shield(self._watch.caller))
        waiting: set[asyncio.Future[Any]] = {caller, self._supervising}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not caller.done():
            caller.cancel()
            raise OffhookError("the call ended before a caller joined")
        return self.call_info()

    def call_info(self) -> Call:
        """Return the caller, the room and the metadata. Raises `OffhookError` if the caller of an inbound call has not
        joined yet.
        """
        if self._call is not None:
            return self._call
        if self._ctx.is_fake_job():
            self._call = Call(self._ctx.job.id, "console", Caller("console", "console"))
        elif self._watch.caller.done():
            self._call = self._joined_call()
        elif self._outbound:
            return outbound_call(self._ctx.job, self._ctx.room.name)
        else:
            raise OffhookError("the caller has not joined yet; try again after the session has started")
        return self._call

    def _joined_call(self) -> Call:
        job = self._ctx.job
        data, problem = read_metadata(job.metadata)
        participant = self._watch.caller.result()
        call = Call(
            job.id,
            self._ctx.room.name,
            caller_of(participant),
            metadata=job.metadata,
            data=data,
            problem=problem,
            sip=sip_of(participant),
            room_metadata=job.room.metadata,
            resumes=self.resumes,
        )
        remember_room(call, self._ctx.room)
        if problem:
            self._post(Warned(problem))
        return call
