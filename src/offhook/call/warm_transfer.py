"""Warm transfers of one call: a colleague is dialled into the room, is briefed, and is joined with the caller."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
from livekit import api, rtc

from offhook.core.call import Call
from offhook.core.dial import Dial
from offhook.core.errors import OffhookError
from offhook.core.facts import (
    CallerLeft,
    DialResult,
    EndCancelled,
    EndRequested,
    Fact,
    PauseChanged,
    TransferEnded,
    TransferStarted,
)
from offhook.core.transfer import WarmStatus, WarmTransferResult
from offhook.room.dial import Dialler
from offhook.room.dial_guard import DialGuard
from offhook.room.private_talk import PrivateTalk
from offhook.session.briefing import TRACK, Briefing
from offhook.session.ongoing import OngoingCall

__all__ = ["WarmTransfers"]

log = logging.getLogger("offhook")

_PER_REQUEST = 3.0
_STOP = 8.0
"""Seconds that a running transfer may take to remove the colleague when the call ends."""
_STATUS: dict[str, WarmStatus] = {
    "busy": "busy",
    "no_answer": "no_answer",
    "declined": "declined",
    "unreachable": "unreachable",
    "cancelled": "cancelled",
}
"""The status for an outcome of the dialled phone; all other outcomes are "failed"."""


class WarmTransfers:
    """The `WarmTransferPort` of one call. Add it to the sinks of the call."""

    def __init__(
        self,
        room: rtc.Room,
        ongoing: OngoingCall,
        *,
        server: Callable[[], api.LiveKitAPI],
        guard: DialGuard,
        post: Callable[[Fact], None],
    ) -> None:
        self._room, self._ongoing, self._server = room, ongoing, server
        self._guard, self._post = guard, post
        self._running: asyncio.Task[WarmTransferResult] | None = None
        self._stopped = asyncio.Event()
        self._left = self._ending = False

    def notice(self, fact: Fact) -> None:
        """Take a fact of this call. A caller who leaves, and the end of the call, stop a transfer."""
        match fact:
            case CallerLeft():
                self._left = True
                self._stopped.set()
            case EndRequested():
                self._ending = True
                self._stopped.set()
            case EndCancelled():
                self._ending = False
                self._stopped.clear()

    async def stop(self) -> None:
        """Stop a running transfer: the colleague's phone stops ringing, or is hung up."""
        if self._running is not None and not self._running.done():
            self._stopped.set()
            await asyncio.wait([self._running], timeout=_STOP)

    async def run(self, dial: Dial, brief: str, *, decide: float, by: str) -> WarmTransferResult:
        """Put the caller on hold, dial, brief and join. Goes on if the code that awaits it is cancelled."""
        call: Call = self._ongoing.call
        if self._left or self._ending:
            raise OffhookError("nothing was transferred: the call is ending")
        if self._running is not None and not self._running.done():
            raise OffhookError("a warm transfer is running; wait for its result")
        if dial.identity in self._room.remote_participants:
            raise OffhookError(f"there is a participant {dial.identity!r} in the room {call.room!r} already")
        work = self._transfer(dial, brief, decide, by)
        self._running = asyncio.get_running_loop().create_task(work, name="offhook warm transfer")
        return await asyncio.shield(self._running)

    async def _transfer(self, dial: Dial, brief: str, decide: float, by: str) -> WarmTransferResult:
        await self._ongoing.quiet("hold", by=by)  # raises if the model or the call cannot do this
        self._post(TransferStarted(dial.to, by=by, kind="warm"))
        self._post(PauseChanged("transfer", paused=True, by=by))
        result = WarmTransferResult("failed", "the transfer was abandoned")
        try:
            result = await self._connect(dial, brief, decide)
        except Exception as error:
            log.exception("a warm transfer failed")
            result = WarmTransferResult("failed", f"{type(error).__name__}: {error}"[:500])
        finally:
            await self._finish(result, by)
        return result

    async def _finish(self, result: WarmTransferResult, by: str) -> None:
        """Leave the two alone, or take the caller back."""
        detail = "" if result.joined else ": ".join(filter(None, (result.status, result.detail)))
        self._post(TransferEnded("done" if result.joined else "failed", detail))
        if result.joined:
            self._post(EndRequested("transferred", goodbye="", scope="agent", by=by, detail="warm transfer"))
            return
        if not (self._left or self._ending):
            await self._ongoing.end_quiet(by=by)
        self._post(PauseChanged("transfer", paused=False, by=by))

    async def _connect(self, dial: Dial, brief: str, decide: float) -> WarmTransferResult:
        """Dial and brief, until there is a result, the caller leaves, or the call ends."""
        active: asyncio.Future[rtc.RemoteParticipant] = asyncio.get_running_loop().create_future()
        dialler = Dialler(
            dial,
            server=self._server,
            room=self._room,
            active=active,
            guard=self._guard,
            post=lambda _: None,  # the facts of a plan's phone; this phone is not the caller
        )

        def on_changed(_: object, participant: rtc.Participant) -> None:
            if isinstance(participant, rtc.RemoteParticipant) and dialler.answered(participant) and not active.done():
                active.set_result(participant)

        talk = PrivateTalk(self._room, self._server, colleague=dial.identity, track=TRACK)
        self._room.on("participant_attributes_changed", on_changed)
        talk.begin()
        result = WarmTransferResult("cancelled", "the call ended")
        try:
            result = await self._until_stopped(dialler, self._attempt(dialler, active, talk, brief, decide=decide))
        finally:
            self._room.off("participant_attributes_changed", on_changed)
            if not result.joined:
                await self._remove(dial.identity)
            await talk.end()
        if result.joined and self._stopped.is_set():  # while the two were joined
            await self._remove(dial.identity)
            return self._stop_result()
        return result

    def _stop_result(self) -> WarmTransferResult:
        if self._left:
            return WarmTransferResult("caller_left", "the caller hung up")
        return WarmTransferResult("cancelled", "the call ended")

    async def _until_stopped(self, dialler: Dialler, work: Any) -> WarmTransferResult:
        working = asyncio.create_task(work, name="offhook dial and brief a colleague")
        stopped = asyncio.create_task(self._stopped.wait(), name="offhook stop a warm transfer")
        try:
            await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
            if self._stopped.is_set():
                await dialler.cancel()
                return self._stop_result()
            result: WarmTransferResult = working.result()
            return result
        finally:
            for task in (working, stopped):
                task.cancel()
            await asyncio.gather(working, stopped, return_exceptions=True)

    async def _attempt(
        self,
        dialler: Dialler,
        active: "asyncio.Future[rtc.RemoteParticipant]",
        talk: PrivateTalk,
        brief: str,
        *,
        decide: float,
    ) -> WarmTransferResult:
        dialled = await dialler.place(1)
        if dialled.outcome != "answered":
            return _not_answered(dialled)
        if not active.done():
            return WarmTransferResult("no_answer", "the colleague hung up at once, or the phone did not become active")
        await talk.separate()
        colleague = active.result().identity
        decision = await Briefing(self._ongoing.session, self._room, colleague, brief).decision(decide)
        if decision.accepted:
            return WarmTransferResult("joined", decision.detail)
        return WarmTransferResult("undecided" if decision.accepted is None else "declined", decision.detail)

    async def _remove(self, identity: str) -> None:
        """Hang up the colleague's phone, if it is in the room."""
        if identity not in self._room.remote_participants:
            return
        who = api.RoomParticipantIdentity(room=self._room.name, identity=identity)
        with suppress(api.ServerError, aiohttp.ClientError, TimeoutError):  # it is gone already
            async with asyncio.timeout(_PER_REQUEST):
                await self._server().room.remove_participant(who)


def _not_answered(dialled: DialResult) -> WarmTransferResult:
    code = f"SIP {dialled.code}" if dialled.code else ""
    detail = " ".join(filter(None, (code, dialled.text)))
    return WarmTransferResult(_STATUS.get(dialled.outcome, "failed"), detail, dialled.code)
