"""A room without a server: LiveKit's room interface for the agent, and methods that act as the other participants."""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from livekit import rtc

from offhook.testing.simulation.agent_participant import AgentParticipant
from offhook.testing.simulation.earpiece import Earpiece
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.source import Listener
from offhook.testing.simulation.stream_handlers import StreamHandlers
from offhook.testing.simulation.streams import Chunk

__all__ = ["SimulatedRoom"]

DEPARTURE = 20.0
"""Seconds after which livekit-server closes a room that has only agents in it."""


class SimulatedRoom(StreamHandlers, rtc.EventEmitter[Any]):
    """The room of a `JobContext`. The agent joins with `connect`; all other participants join with `join`."""

    def __init__(self, name: str, agent: str) -> None:
        StreamHandlers.__init__(self)
        rtc.EventEmitter.__init__(self)
        self.name, self.metadata = name, ""
        self._sid = f"RM_{uuid.uuid4().hex[:12]}"
        self._agent = AgentParticipant(self, agent)
        self._loop = asyncio.get_running_loop()
        self._empty_timer: asyncio.TimerHandle | None = None
        self.remote_participants: dict[str, Person] = {}
        self.connection_state = rtc.ConnectionState.CONN_DISCONNECTED
        self.e2ee_manager, self.is_recording = None, False
        self.departure_timeout, self.empty_timeout = DEPARTURE, 300.0
        self.earpiece = Earpiece()
        self.received: list[tuple[str, bytes]] = []
        self.keys: list[str] = []
        self.answers: dict[str, Callable[[str], str]] = {}
        self.asked: list[str] = []
        self.over = asyncio.Event()
        self.closed_by = ""
        self.ended_at: float | None = None

    # methods that the agent calls

    @property
    def local_participant(self) -> AgentParticipant:
        if self.connection_state == rtc.ConnectionState.CONN_DISCONNECTED and not self.over.is_set():
            raise RuntimeError("the agent is not in the room yet: call ctx.connect() first")
        return self._agent

    @property
    async def sid(self) -> str:
        return self._sid

    num_participants = property(lambda self: len(self.remote_participants) + 1)
    num_publishers = property(lambda self: len(self.remote_participants) + 1)

    def isconnected(self) -> bool:
        return self.connection_state != rtc.ConnectionState.CONN_DISCONNECTED

    async def connect(self, url: str, token: str, options: rtc.RoomOptions | None = None) -> None:  # noqa: ARG002  # LiveKit's signature
        await asyncio.sleep(0)
        if self.over.is_set():
            raise rtc.ConnectError("the room is closed")
        self._state(rtc.ConnectionState.CONN_CONNECTED)
        self.emit("connected")

    async def disconnect(self) -> None:
        await asyncio.sleep(0)
        self._end("the agent left", rtc.DisconnectReason.CLIENT_INITIATED)

    # methods that receive the output of the agent

    def ear(self, track: str) -> Listener:
        return self.earpiece.listener(track)

    def wrote(self, chunk: Chunk) -> None:
        if chunk.sender == self._agent.identity:
            self.earpiece.read(chunk)

    # actions of the other participants

    def join(self, person: Person) -> None:
        """Add a participant. A participant with the same identity who is already in the room leaves at once."""
        self.leave(person.identity, rtc.DisconnectReason.UNKNOWN_REASON)
        person.line.closed = False
        self.remote_participants[person.identity] = person
        if self._empty_timer is not None:
            self._empty_timer.cancel()
        if self.isconnected():
            self.emit("participant_connected", person)
            if person.active:
                self.emit("participant_active", person)
            for publication in person.track_publications.values():
                self.emit("track_published", publication, person)
                self.emit("track_subscribed", publication.track, publication, person)

    def leave(self, identity: str, reason: rtc.DisconnectReason.ValueType) -> bool:
        """Remove a participant. Return False if there is no such participant."""
        person = self.remote_participants.pop(identity, None)
        if person is None:
            return False
        person.reason = reason
        person.line.close()
        person.left.set()
        if self.isconnected():
            for publication in person.track_publications.values():
                self.emit("track_unsubscribed", publication.track, publication, person)
                self.emit("track_unpublished", publication, person)
            self.emit("participant_disconnected", person)
        if not self.remote_participants:
            self._empty_timer = self._loop.call_later(DEPARTURE, self.close, "nobody is left but the agent")
        return True

    def permit(self, identity: str, *, publishes: bool) -> None:
        """Change whether a participant may publish."""
        person = self.remote_participants[identity]
        person.publishes = publishes
        self.emit("participant_permissions_changed", person, person.permissions)

    def press(self, identity: str, digit: str, code: int) -> None:
        self.emit("sip_dtmf_received", rtc.SipDTMF(code, digit, self.remote_participants[identity]))

    def data(self, identity: str, payload: bytes, topic: str) -> None:
        kind = rtc.DataPacketKind.KIND_RELIABLE
        person = self.remote_participants[identity]
        self.emit("data_received", rtc.DataPacket(data=payload, kind=kind, participant=person, topic=topic))

    def change(self, identity: str, attributes: Mapping[str, str]) -> None:
        person = self.remote_participants[identity]
        person.change(attributes)
        self.emit("participant_attributes_changed", dict(attributes), person)

    def end_call(self, identity: str, payload: str) -> bool:
        """End a phone call by a BYE with these SIP headers, as LiveKit's SIP bridge does. Return False if the
        participant is no phone.
        """
        if self.remote_participants[identity].kind != rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            return False
        headers = json.loads(payload)["headers"]
        self.asked.append(f"BYE with {', '.join(f'{name}: {value}' for name, value in headers.items())}")
        self.change(identity, {"sip.callStatus": "hangup"})
        return self.leave(identity, rtc.DisconnectReason.CLIENT_INITIATED)

    def close(self, by: str) -> None:
        """Delete the room and disconnect all participants."""
        for identity in list(self.remote_participants):
            person = self.remote_participants.pop(identity)
            person.reason = rtc.DisconnectReason.ROOM_DELETED
            person.line.close()
            person.left.set()
        self._end(by, rtc.DisconnectReason.ROOM_DELETED)

    def _end(self, by: str, reason: rtc.DisconnectReason.ValueType) -> None:
        if self.over.is_set():
            return
        self.closed_by, self.ended_at = by, self._loop.time()
        self.over.set()
        if self._empty_timer is not None:
            self._empty_timer.cancel()
        if self.isconnected():
            self._state(rtc.ConnectionState.CONN_DISCONNECTED)
            self.emit("disconnected", reason)

    def _state(self, state: rtc.ConnectionState.ValueType) -> None:
        self.connection_state = state
        self.emit("connection_state_changed", state)
