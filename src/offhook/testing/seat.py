"""A seat in a room: what its participant hears, reads and is told, with the time of each."""

import asyncio
import json
import time

import numpy as np
from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.testing.hearing import Ear, Hearing
from offhook.testing.phone import Phone
from offhook.testing.speech import RATE
from offhook.testing.timeline import Moment
from offhook.testing.transcript import Transcript
from offhook.testing.waiting import Change

__all__ = ["Seat"]

_STATE = "lk.agent.state"


class Seat:
    """The room's events, translated and kept; nothing is decided here."""

    def __init__(self, identity: str, phone: Phone | None) -> None:
        self.identity = identity
        self.phone = phone
        self.room = rtc.Room()
        self.changed = Change()
        self.hearing = Hearing()
        self.transcript = Transcript(name=self._name, changed=self.changed)
        self.states: list[Moment] = []
        self.left = asyncio.Event()
        self.joined_at = 0.0
        self.ended_at: float | None = None
        self.reason = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._listen()

    async def join(self, url: str, token: str, *, through: str = "") -> None:
        """Take the seat at this server, `through` another address when that is the way there."""
        try:
            await self.room.connect(through or url, token)
        except rtc.ConnectError as error:
            text = f"cannot join the room at {url}: {error.message}; is the server running, and the key its own?"
            raise OffhookError(text) from error
        self.joined_at = time.monotonic()
        for participant in self.room.remote_participants.values():
            self._told(participant.attributes, participant)
        if self.phone is not None:
            self.room.local_participant.register_rpc_method("lk.sip.EndCall", self._hung_up_on)
            self.room.local_participant.register_rpc_method("lk.sip.GetRemoteHeaders", self._headers)

    async def leave(self) -> None:
        await self.room.disconnect()
        self._ended(rtc.DisconnectReason.CLIENT_INITIATED)  # the room does not always say so itself

    async def close(self) -> None:
        await self.leave()
        await self.transcript.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def agent(self) -> str | None:
        """The identity of the agent in the room, if there is one."""
        return next((one.identity for one in self.room.remote_participants.values() if _is_agent(one)), None)

    def state(self) -> str:
        """What the agent says that it is doing."""
        return self.states[-1].text if self.states else ""

    def _listen(self) -> None:
        self.room.register_text_stream_handler("lk.transcription", self.transcript.take)
        self.room.on("track_subscribed", self._subscribed)
        self.room.on("participant_connected", self._joined)
        self.room.on("participant_disconnected", self._joined)
        self.room.on("participant_attributes_changed", self._told)
        self.room.on("disconnected", self._ended)

    def _joined(self, participant: rtc.RemoteParticipant) -> None:
        self._told(participant.attributes, participant)
        self.changed()

    def _told(self, attributes: dict[str, str], participant: rtc.Participant) -> None:
        state = attributes.get(_STATE)
        if state and participant.identity != self.identity and state != self.state():
            self.states.append(Moment(time.monotonic(), "agent", state))
            self.changed()

    def _ended(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if self.ended_at is None:
            self.ended_at, self.reason = time.monotonic(), rtc.DisconnectReason.Name(reason)
            self.left.set()
            self.changed()

    def _subscribed(
        self, track: rtc.Track, _publication: rtc.RemoteTrackPublication, _participant: rtc.RemoteParticipant
    ) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._own(asyncio.create_task(self._hear(track, self.hearing.ear()), name="ear"))

    async def _hear(self, track: rtc.Track, ear: Ear) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        try:
            async for event in stream:
                ear.add(np.frombuffer(event.frame.data, np.int16), time.monotonic())
                self.changed()
        finally:
            await stream.aclose()

    def _hung_up_on(self, _call: rtc.RpcInvocationData) -> str:
        # Leaving waits for running methods, so it must not be done by one of them.
        self._own(asyncio.create_task(self._put_down(), name="hung up on"))
        return "{}"

    async def _put_down(self) -> None:
        """Say "hangup", then leave, as the SIP bridge does; meanwhile the answer gets out."""
        await self.room.local_participant.set_attributes({"sip.callStatus": "hangup"})
        await self.leave()

    def _headers(self, _call: rtc.RpcInvocationData) -> str:
        return json.dumps({"headers": dict(self.phone.headers) if self.phone else {}})

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _name(self, identity: str) -> str:
        """Who this is, for a reader: the caller, the agent, or somebody by name."""
        if identity == self.identity:
            return "caller"
        one = self.room.remote_participants.get(identity)
        return "agent" if one is not None and _is_agent(one) else identity


def _is_agent(participant: rtc.RemoteParticipant) -> bool:
    return participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
