"""A participant in a room: its received audio, transcript and agent states, with the time of each."""

import asyncio
import time

import numpy as np
from livekit import rtc

from offhook.core.errors import OffhookError
from offhook.testing.live.hearing import ReceivedAudio, TrackAudio
from offhook.testing.live.phone import Phone
from offhook.testing.live.timeline import Moment
from offhook.testing.live.transcript import Transcript
from offhook.testing.live.waiting import Signal
from offhook.testing.speech import RATE

__all__ = ["Participant"]

_STATE = "lk.agent.state"


class Participant:
    """Records the events of one room. With a `phone`, also answers the RPC calls to a phone, as the SIP bridge does."""

    def __init__(self, identity: str, phone: Phone | None) -> None:
        self.identity = identity
        self.phone = phone
        self.room = rtc.Room()
        self.changed = Signal()
        self.hearing = ReceivedAudio()
        self.transcript = Transcript(name=self._name, changed=self.changed)
        self.states: list[Moment] = []
        self.left = asyncio.Event()
        self.joined_at = 0.0
        self.ended_at: float | None = None
        self.reason = ""
        self.met_agent = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._register_handlers()

    async def join(self, url: str, token: str, *, through: str = "") -> None:
        """Join the room at this server. If `through` is given, connect to this URL instead, such as a relay's."""
        try:
            await self.room.connect(through or url, token)
        except rtc.ConnectError as error:
            text = f"cannot join the room at {url}: {error.message}; does the server run, and is the key valid for it?"
            raise OffhookError(text) from error
        self.joined_at = time.monotonic()
        for participant in self.room.remote_participants.values():
            self._on_attributes(participant.attributes, participant)
        if self.phone is not None:
            self.room.local_participant.register_rpc_method("lk.sip.EndCall", self._on_end_call)
            self.room.local_participant.register_rpc_method("lk.sip.GetRemoteHeaders", self._headers)

    async def leave(self) -> None:
        await self.room.disconnect()
        self._on_disconnected(rtc.DisconnectReason.CLIENT_INITIATED)  # the SDK does not always emit `disconnected`

    async def close(self) -> None:
        await self.leave()
        await self.transcript.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def agent(self) -> str | None:
        """Return the identity of the agent in the room; None if there is no agent."""
        return next((one.identity for one in self.room.remote_participants.values() if _is_agent(one)), None)

    def state(self) -> str:
        """Return the last state that the agent published; "" if there was none."""
        return self.states[-1].text if self.states else ""

    def _register_handlers(self) -> None:
        self.room.register_text_stream_handler("lk.transcription", self.transcript.take)
        self.room.on("track_subscribed", self._on_subscribed)
        self.room.on("participant_connected", self._on_presence)
        self.room.on("participant_disconnected", self._on_presence)
        self.room.on("participant_attributes_changed", self._on_attributes)
        self.room.on("disconnected", self._on_disconnected)

    def _on_presence(self, participant: rtc.RemoteParticipant) -> None:
        self._on_attributes(participant.attributes, participant)
        self.changed()

    def _on_attributes(self, attributes: dict[str, str], participant: rtc.Participant) -> None:
        self.met_agent = self.met_agent or _is_agent(participant)
        state = attributes.get(_STATE)
        if state and _is_agent(participant) and state != self.state():
            self.states.append(Moment(time.monotonic(), "agent", state))
            self.changed()

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if self.ended_at is None:
            self.ended_at, self.reason = time.monotonic(), rtc.DisconnectReason.Name(reason)
            self.left.set()
            self.changed()

    def _on_subscribed(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, participant: rtc.RemoteParticipant
    ) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            audio = self.hearing.add_track(participant.identity, publication.name)
            self._own(asyncio.create_task(self._receive(track, audio), name="audio track"))

    async def _receive(self, track: rtc.Track, audio: TrackAudio) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
        try:
            async for event in stream:
                audio.add(np.frombuffer(event.frame.data, np.int16), time.monotonic())
                self.changed()
        finally:
            await stream.aclose()

    def _on_end_call(self, _call: rtc.RpcInvocationData) -> str:
        # `disconnect` waits for running RPC methods, so an RPC method must not await `disconnect`.
        self._own(asyncio.create_task(self._hang_up(), name="end call"))
        return "{}"

    async def _hang_up(self) -> None:
        """Publish "hangup", then leave, as the SIP bridge does. The RPC response is sent before the caller leaves."""
        await self.room.local_participant.set_attributes({"sip.callStatus": "hangup"})
        await self.leave()

    def _headers(self, _call: rtc.RpcInvocationData) -> str:
        return (self.phone or Phone()).headers_reply()

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _name(self, identity: str) -> str:
        """Return the participant's name in the timeline: "caller", "agent" or, for all others, the identity."""
        if identity == self.identity:
            return "caller"
        one = self.room.remote_participants.get(identity)
        return "agent" if one is not None and _is_agent(one) else identity


def _is_agent(participant: rtc.Participant) -> bool:
    return participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
