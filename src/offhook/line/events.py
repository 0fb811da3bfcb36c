"""LiveKit's room in, facts out. The only table of room event names; it also knows who the caller is."""

import asyncio
import math
from collections.abc import Callable

from livekit import rtc

from offhook.core.call import Caller
from offhook.core.facts import (
    CallerBack,
    CallerFound,
    CallerLeft,
    CallerMissing,
    CallerStatus,
    Fact,
    KeyPressed,
    LineBack,
    LineFaded,
    LineLost,
    Others,
)

__all__ = ["GAVE_UP", "RoomWatch", "caller_of"]

GAVE_UP = "the connection to the LiveKit server was lost"

_PEOPLE = (
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
    rtc.ParticipantKind.PARTICIPANT_KIND_CONNECTOR,
)
_ON_BEHALF = "lk.publish_on_behalf"
_STATUS = "sip.callStatus"


class RoomWatch:
    """Reports who comes, goes and presses keys. The first person in the room is the caller; later ones are others."""

    def __init__(self, room: rtc.Room, post: Callable[[Fact], None]) -> None:
        self._room = room
        self._post = post
        self._clock = asyncio.get_running_loop().time
        self._interrupted_at: float | None = None
        self.caller: asyncio.Future[rtc.RemoteParticipant] = asyncio.get_running_loop().create_future()

    @property
    def identity(self) -> str:
        """The caller's identity; empty while nobody called."""
        return self.caller.result().identity if self.caller.done() else ""

    def start(self) -> None:
        """Listen, and take in who is there already. Call it right after connecting."""
        self._room.on("participant_connected", self._came)
        self._room.on("participant_disconnected", self._went)
        self._room.on("participant_attributes_changed", self._changed)
        self._room.on("sip_dtmf_received", self._pressed)
        self._room.on("reconnecting", self._interrupted)
        self._room.on("reconnected", self._back)
        self._room.on("disconnected", self._lost)
        for participant in sorted(self._room.remote_participants.values(), key=_joined):  # the SDK has no order
            self._came(participant)

    def _came(self, participant: rtc.RemoteParticipant) -> None:
        if not _person(participant):
            return
        if self._is_caller(participant):
            self._post(CallerBack())
            return
        if self.caller.done():
            self._count()
            return
        self.caller.set_result(participant)
        caller = caller_of(participant)
        active = participant.attributes.get(_STATUS, "active") == "active"
        self._post(
            CallerFound(caller.identity, caller.kind == "phone", active, name=caller.name, number=caller.number),
        )

    def _went(self, participant: rtc.RemoteParticipant) -> None:
        if self._room.connection_state == rtc.ConnectionState.CONN_RECONNECTING:
            return  # it is we who are away; the SDK clears the room before it joins anew
        if self._is_caller(participant):
            self._post(CallerLeft(_reason(participant.disconnect_reason)))
        elif _person(participant):
            self._count()

    def _count(self) -> None:
        others = [p for p in self._room.remote_participants.values() if _person(p) and not self._is_caller(p)]
        self._post(Others(len(others)))

    def _changed(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if _STATUS in changed and self._is_caller(participant):
            self._post(CallerStatus(changed[_STATUS]))

    def _pressed(self, key: rtc.SipDTMF) -> None:
        if key.participant is not None and self._is_caller(key.participant):
            self._post(KeyPressed(key.digit))

    def _interrupted(self) -> None:
        if self._interrupted_at is None:
            self._interrupted_at = self._clock()
            self._post(LineFaded("server", since=self._interrupted_at))

    def _back(self) -> None:
        if self._interrupted_at is not None:
            self._post(LineBack("server", round(self._clock() - self._interrupted_at, 3)))
            self._interrupted_at = None
        if self.caller.done() and self.identity not in self._room.remote_participants:
            self._post(CallerMissing())

    def _lost(self, reason: rtc.DisconnectReason.ValueType) -> None:
        # The SDK gives no reason when it has tried to reconnect, ten times in 13 to 30 s, in vain.
        unknown = reason == rtc.DisconnectReason.UNKNOWN_REASON
        self._post(LineLost(GAVE_UP if unknown else _reason(reason)))

    def _is_caller(self, participant: rtc.Participant) -> bool:
        return self.identity == participant.identity


def caller_of(participant: rtc.Participant) -> Caller:
    """Read the caller's side of the call from a participant; SIP attributes are what the carrier or caller says."""
    attributes = dict(participant.attributes)
    phone = participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    return Caller(
        identity=participant.identity,
        kind="phone" if phone else "web",
        name=participant.name,
        number=attributes.get("sip.phoneNumber", ""),
        dialled=attributes.get("sip.trunkPhoneNumber", ""),
        attributes=attributes,
    )


def _joined(participant: rtc.Participant) -> float:
    return participant.joined_at.timestamp() if participant.joined_at else math.inf


def _person(participant: rtc.Participant) -> bool:
    return participant.kind in _PEOPLE and _ON_BEHALF not in participant.attributes


def _reason(reason: rtc.DisconnectReason.ValueType | None) -> str:
    return rtc.DisconnectReason.Name(reason or rtc.DisconnectReason.UNKNOWN_REASON).lower()
