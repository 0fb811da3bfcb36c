"""Warm transfers of one call: a colleague is dialled into the room, is briefed, and is joined with the caller."""

import asyncio
import logging
from collections.abc import Callable

from livekit import api, rtc

from offhook.call.colleague import ColleagueCall
from offhook.core.call import Call
from offhook.core.dial import Dial
from offhook.core.errors import OffhookError
from offhook.core.facts import (
    CallerLeft,
    EndCancelled,
    EndRequested,
    Fact,
    PauseChanged,
    TransferEnded,
    TransferStarted,
)
from offhook.core.transfer import WarmTransferResult
from offhook.room.dial_guard import DialGuard
from offhook.session.ongoing import OngoingCall

__all__ = ["WarmTransfers"]

log = logging.getLogger("offhook")

_STOP = 8.0
"""Maximum seconds to wait, when the call ends, until a running transfer has removed the colleague."""


class WarmTransfers:
    """The `WarmTransferPort` of one call. Add this object to the sinks of the call."""

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
        """Stop a running transfer if the caller leaves or the call is ending."""
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
        """Put the caller on hold, then dial the colleague, brief the colleague, and join the colleague with the caller.
        If the code that awaits the result is cancelled, the transfer goes on.
        """
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
        await self._ongoing.quiet("hold", by=by)  # raises an error if the caller cannot be put on hold
        self._post(TransferStarted(dial.to, by=by, kind="warm"))
        self._post(PauseChanged("transfer", paused=True, by=by))
        result = WarmTransferResult("failed", "the transfer was abandoned")
        try:
            result = await self._call(dial, brief, decide)
        except Exception as error:
            log.exception("a warm transfer failed")
            result = WarmTransferResult("failed", f"{type(error).__name__}: {error}"[:500])
        finally:
            await self._finish(result, by)
        return result

    async def _finish(self, result: WarmTransferResult, by: str) -> None:
        """After a success, end the call for the agent only: the caller and the colleague stay in the room. After a
        failure, let the agent go on with the caller.
        """
        detail = "" if result.joined else ": ".join(filter(None, (result.status, result.detail)))
        self._post(TransferEnded("done" if result.joined else "failed", detail))
        if result.joined:
            self._post(EndRequested("transferred", goodbye="", scope="agent", by=by, detail="warm transfer"))
            return
        if not (self._left or self._ending):
            await self._ongoing.end_quiet(by=by)
        self._post(PauseChanged("transfer", paused=False, by=by))

    async def _call(self, dial: Dial, brief: str, decide: float) -> WarmTransferResult:
        colleague = ColleagueCall(
            dial, room=self._room, server=self._server, guard=self._guard, session=self._ongoing.session
        )
        result = await colleague.run(brief, decide, stopped=self._stopped)
        if result is not None:
            return result
        if self._left:
            return WarmTransferResult("caller_left", "the caller hung up")
        return WarmTransferResult("cancelled", "the call ended")
