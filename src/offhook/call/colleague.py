"""The call to a colleague during a warm transfer. The colleague is dialled into the room and briefed in private. Then
offhook joins the colleague with the caller, or hangs up the colleague's phone.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
from livekit import api, rtc
from livekit.agents import AgentSession

from offhook.core.dial import Dial
from offhook.core.facts import DialResult
from offhook.core.transfer import WarmStatus, WarmTransferResult
from offhook.room.dial import Dialler
from offhook.room.dial_guard import DialGuard
from offhook.room.private_talk import PrivateTalk
from offhook.session.briefing import TRACK, Briefing

__all__ = ["ColleagueCall"]

_PER_REQUEST = 3.0
_STATUS: dict[str, WarmStatus] = {
    "busy": "busy",
    "no_answer": "no_answer",
    "declined": "declined",
    "unreachable": "unreachable",
    "cancelled": "cancelled",
}
"""The status of the warm transfer for these outcomes of dialling. For any other failure to dial, the status is
"failed".
"""


class ColleagueCall:
    """One attempt to reach one colleague. `session` is the caller's session."""

    def __init__(
        self,
        dial: Dial,
        *,
        room: rtc.Room,
        server: Callable[[], api.LiveKitAPI],
        guard: DialGuard,
        session: AgentSession[Any],
    ) -> None:
        self._dial, self._room, self._server, self._session = dial, room, server, session
        self._active: asyncio.Future[rtc.RemoteParticipant] = asyncio.get_running_loop().create_future()
        self._dialler = Dialler(
            dial,
            server=server,
            room=room,
            active=self._active,
            guard=guard,
            post=lambda _: None,  # no facts are posted about dialling a colleague
        )
        self._talk = PrivateTalk(room, server, colleague=dial.identity, track=TRACK)

    async def run(self, brief: str, decide: float, *, stopped: asyncio.Event) -> WarmTransferResult | None:
        """Dial and brief the colleague. Return the result. Return None if `stopped` is set before there is a result, or
        while offhook joins the colleague with the caller.

        A colleague who is not joined with the caller must not hear the caller. Therefore the phone of this colleague is
        hung up before the private talk ends.
        """
        result: WarmTransferResult | None = None
        self._room.on("participant_attributes_changed", self._on_changed)
        self._talk.begin()
        try:
            result = await self._until(stopped, self._attempt(brief, decide))
        finally:
            self._room.off("participant_attributes_changed", self._on_changed)
            if result is None or not result.joined:
                await self._remove()
            await self._talk.end()
        # the transfer was stopped while the colleague was being joined
        if result is not None and result.joined and stopped.is_set():
            await self._remove()
            return None
        return result

    def _on_changed(self, _: object, participant: rtc.Participant) -> None:
        answered = isinstance(participant, rtc.RemoteParticipant) and self._dialler.answered(participant)
        if answered and not self._active.done():
            self._active.set_result(participant)  # type: ignore[arg-type]  # checked in `answered`

    async def _until(
        self, stopped: asyncio.Event, work: Coroutine[Any, Any, WarmTransferResult]
    ) -> WarmTransferResult | None:
        working = asyncio.create_task(work, name="offhook dial and brief a colleague")
        stopping = asyncio.create_task(stopped.wait(), name="offhook stop a warm transfer")
        try:
            await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not stopped.is_set():
                return working.result()
            await self._dialler.cancel()
            return None
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    async def _attempt(self, brief: str, decide: float) -> WarmTransferResult:
        dialled = await self._dialler.place(1)
        if dialled.outcome != "answered":
            return _not_answered(dialled)
        if not self._active.done():
            return WarmTransferResult("no_answer", "the colleague hung up at once, or the phone did not become active")
        await self._talk.separate()
        decision = await Briefing(self._session, self._room, self._dial.identity, brief).decision(decide)
        if decision.accepted:
            return WarmTransferResult("joined", decision.detail)
        return WarmTransferResult("undecided" if decision.accepted is None else "declined", decision.detail)

    async def _remove(self) -> None:
        """Hang up the colleague's phone, if it is in the room."""
        if self._dial.identity not in self._room.remote_participants:
            return
        who = api.RoomParticipantIdentity(room=self._room.name, identity=self._dial.identity)
        with suppress(api.ServerError, aiohttp.ClientError, TimeoutError):  # the phone may have left already
            async with asyncio.timeout(_PER_REQUEST):
                await self._server().room.remove_participant(who)


def _not_answered(dialled: DialResult) -> WarmTransferResult:
    code = f"SIP {dialled.code}" if dialled.code else ""
    detail = " ".join(filter(None, (code, dialled.text)))
    return WarmTransferResult(_STATUS.get(dialled.outcome, "failed"), detail, dialled.code)
