"""Dials a phone through LiveKit's server API, follows the phone's SIP status, and stops dialling if the call ends."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
from livekit import api, rtc

from offhook.core.dial import Dial
from offhook.core.facts import DialResult, DialStatus, EndRequested, Fact
from offhook.policies.dial_outcome import outcome_of
from offhook.room.dial_guard import DialGuard
from offhook.room.participants import STATUS, status_of

__all__ = ["Dialler"]

log = logging.getLogger("offhook")

_MARGIN = 10.0
"""The server's reply may take this many seconds longer than the ringing time."""
_CANCEL = 3.0
_ACTIVE = 10.0
"""Maximum seconds from the moment when the phone is answered to the SIP status "active". LiveKit's SIP service sets
this status after the first audio packet, or after 1 s without a packet.
"""
_KEY = 0.5
"""Seconds that each phone key in `dtmf` adds to `_ACTIVE`. LiveKit sends these keys after the phone is answered, and
meanwhile the SIP status is "automation".
"""


class Dialler:
    """Dials one phone; `place` makes one attempt. `active` is a future that other code completes when the answered
    phone can hear the agent.
    """

    def __init__(
        self,
        dial: Dial,
        *,
        server: Callable[[], api.LiveKitAPI],
        room: rtc.Room,
        active: "asyncio.Future[rtc.RemoteParticipant]",
        guard: DialGuard,
        post: Callable[[Fact], None],
    ) -> None:
        self._dial, self._server, self._room = dial, server, room
        self._active, self._guard, self._post = active, guard, post
        self._cancelled, self._there, self._gone, self._idle = (asyncio.Event() for _ in range(4))
        self._placing = self._requested = self._rang = False
        room.on("participant_connected", self._on_joined)
        room.on("participant_attributes_changed", self._on_changed)
        room.on("participant_disconnected", self._on_left)

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        if self._is_phone(participant):
            self._there.set()
        self._on_changed(participant.attributes, participant)

    def _on_changed(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        status = changed.get(STATUS, "")
        if self._placing and status and status != "active" and self._is_phone(participant):
            self._rang = self._rang or status == "ringing"
            self._post(DialStatus(status))

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if self._is_phone(participant):
            self._there.clear()
            self._gone.set()

    def _is_phone(self, participant: rtc.Participant) -> bool:
        return (
            participant.identity == self._dial.identity and participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
        )

    def answered(self, participant: rtc.RemoteParticipant) -> bool:
        """True if this is the dialled phone, and the phone can hear the agent."""
        return self._is_phone(participant) and status_of(participant) == "active"

    async def place(self, attempt: int) -> DialResult:
        """Dial once, and return the result. If the server reports an error, the result contains the error, and nothing
        is raised.
        """
        began = time.monotonic()
        self._placing, self._requested, self._rang = True, False, False
        self._gone.clear()
        self._idle.clear()
        try:
            result = await self._until_cancelled()
        finally:
            self._placing = False
            self._idle.set()
        result = replace(result, attempt=attempt, seconds=round(time.monotonic() - began, 3))
        told = {"outcome": result.outcome, "code": result.code, "detail": result.text, "pii_to": self._dial.to}
        log.log(logging.INFO if result.outcome == "answered" else logging.WARNING, "dialled", extra=told)
        return result

    async def cancel(self) -> None:
        """Stop dialling at once: the phone stops ringing. Does nothing if no attempt is running.

        If the dial request was already sent to the server, wait up to 3 s until the phone is in the room. Then remove
        the phone.
        """
        if not self._placing:
            return
        self._cancelled.set()
        if self._requested:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CANCEL):
                    await self._there.wait()
            await self._remove()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CANCEL):
                await self._idle.wait()

    async def _remove(self) -> None:
        """Remove the phone from the room. The server then sends a SIP CANCEL at once. A hang-up request to LiveKit's
        SIP bridge would have no effect until the phone is answered.
        """
        who = api.RoomParticipantIdentity(room=self._room.name, identity=self._dial.identity)
        with suppress(api.ServerError, aiohttp.ClientError, TimeoutError):  # the phone may have left already
            async with asyncio.timeout(_CANCEL):
                await self._server().room.remove_participant(who)

    async def _until_cancelled(self) -> DialResult:
        """Dial until there is a result, or until `cancel` is called."""
        dialling = asyncio.create_task(self._attempt(), name="offhook dialling")
        cancelled = asyncio.create_task(self._cancelled.wait(), name="offhook cancel dialling")
        try:
            await asyncio.wait([dialling, cancelled], return_when=asyncio.FIRST_COMPLETED)
            if self._cancelled.is_set():
                return DialResult("cancelled", text="the call ended before the phone was answered")
            return dialling.result()
        finally:
            for task in (dialling, cancelled):
                task.cancel()
            await asyncio.gather(dialling, cancelled, return_exceptions=True)

    async def _attempt(self) -> DialResult:
        """Ask the guard whether offhook may dial, then dial."""
        if refused := await self._guard.refusal(self._dial):
            return DialResult("refused", text=refused)
        within = self._dial.ringing + _MARGIN
        self._requested = True
        try:
            async with asyncio.timeout(within + 1):
                await self._server().sip.create_sip_participant(self._request(), timeout=within)
        except api.ServerError as error:
            sip = error if isinstance(error, api.SipCallError) else None
            code, phrase = (sip.sip_status_code or 0, sip.sip_status or "") if sip else (0, "")
            outcome, text = outcome_of(error.code, error.message, code=code, phrase=phrase, rang=self._rang)
            return DialResult(outcome, code, text)
        except (aiohttp.ClientError, TimeoutError) as error:
            await self._remove()
            return DialResult("failed", text=f"the LiveKit server does not answer: {type(error).__name__}")
        return await self._answered()

    async def _answered(self) -> DialResult:
        """Wait until the answered phone can hear the agent. If the callee hangs up earlier, or the wait takes too long,
        post `EndRequested`.
        """
        gone = asyncio.create_task(self._gone.wait(), name="offhook phone gone")
        within = _ACTIVE + _KEY * len(self._dial.dtmf)
        try:
            waiting: set[asyncio.Future[Any]] = {self._active, gone}
            await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if not self._active.done():
            why = "the callee hung up at once" if self._gone.is_set() else "the answered phone did not become active"
            reason = "caller_hung_up" if self._gone.is_set() else "unreachable"
            self._post(EndRequested(reason, goodbye="", by="dial", detail=why))  # type: ignore[arg-type]  # two literals
        return DialResult("answered")

    def _request(self) -> api.CreateSIPParticipantRequest:
        dial = self._dial
        request = api.CreateSIPParticipantRequest(
            sip_trunk_id=dial.trunk,
            sip_call_to=dial.to,
            sip_number=dial.caller_id,
            room_name=self._room.name,
            participant_identity=dial.identity,
            participant_name=dial.name,
            dtmf=dial.dtmf,
            headers=dict(dial.headers),
            krisp_enabled=dial.krisp,
            wait_until_answered=True,
            ringing_timeout=timedelta(seconds=dial.ringing),  # type: ignore[arg-type]  # protobuf takes it; its stub does not
        )
        if dial.display_name is not None:
            request.display_name = dial.display_name
        return request
