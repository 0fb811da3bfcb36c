"""Translates room events into facts, and decides which participant is the caller."""

import asyncio
import logging
import math
from collections.abc import Callable

from livekit import rtc

from offhook.core.facts import (
    CallerAbsent,
    CallerLeft,
    CallerRejoined,
    CallerStatus,
    Fact,
    KeyPressed,
    OtherParticipants,
    Warned,
)
from offhook.room.participants import STATUS, caller_found, can_be_caller, disconnect_text, is_other_call, status_of
from offhook.room.server_link import ServerLink

__all__ = ["RoomWatch"]

log = logging.getLogger("offhook")

_SHARED = (
    "another phone call joined under the identity {identity}, and the SIP bridge cut off the caller: give each call a "
    "separate room with an individual dispatch rule"
)
_AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
_ACTIVE = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
_REPLACED = (
    None,  # the SDK gives no reason if a new session of the same identity joins
    rtc.DisconnectReason.UNKNOWN_REASON,
    rtc.DisconnectReason.DUPLICATE_IDENTITY,
    rtc.DisconnectReason.STATE_MISMATCH,  # the server has asked the client to rejoin
    rtc.DisconnectReason.MIGRATION,
)
"""Disconnect reasons after which the same identity usually joins again, with a new session."""


class RoomWatch:
    """Posts facts about participants that join, leave or press phone keys.

    The first participant that can be the caller, and that `expected` accepts, becomes the caller.
    """

    def __init__(
        self,
        room: rtc.Room,
        post: Callable[[Fact], None],
        *,
        expected: "Callable[[rtc.RemoteParticipant], bool] | None" = None,
    ) -> None:
        self._room = room
        self._post = post
        self._sid = self._status = ""
        self._absent = False
        self._others = (0, 0)
        self._expected = _anybody if expected is None else expected
        self.caller: asyncio.Future[rtc.RemoteParticipant] = asyncio.get_running_loop().create_future()
        self._link = ServerLink(room, post, caller_came=self.caller.done)

    @property
    def identity(self) -> str:
        """The caller's identity; empty before the caller has joined."""
        return self.caller.result().identity if self.caller.done() else ""

    @property
    def status(self) -> str:
        """The caller's SIP call status, or "active" for a web caller; empty before the caller has joined."""
        return self._status

    def start(self) -> None:
        """Register for room events, and handle the participants that are already in the room.

        Call this method right after the agent has connected to the room.
        """
        self._room.on("participant_connected", self._on_joined)
        self._room.on("participant_active", self._on_joined)
        self._room.on("participant_permissions_changed", self._on_permissions_changed)
        self._room.on("participant_disconnected", self._on_left)
        self._room.on("participant_attributes_changed", self._on_attributes_changed)
        self._room.on("sip_dtmf_received", self._on_dtmf)
        self._room.on("reconnected", self._on_reconnected)
        self._link.start()
        # The participants are sorted here, because the SDK returns them in any order.
        for participant in sorted(self._room.remote_participants.values(), key=_joined_at):
            self._on_joined(participant)

    def _on_joined(self, participant: rtc.Participant) -> None:
        if self._is_caller(participant):
            self._on_caller_rejoined(participant)
        elif self.caller.done():
            self._count_others()
        elif isinstance(participant, rtc.RemoteParticipant) and self._can_be_caller(participant):
            self._set_caller(participant)
        else:
            log.info("a participant cannot be the caller", extra={"pii_identity": participant.identity})

    def expect(self, expected: "Callable[[rtc.RemoteParticipant], bool] | None") -> None:
        """From now on, only a participant that `expected` accepts can become the caller; None accepts every
        participant.

        If there is no caller yet, the participants in the room are checked again.
        """
        self._expected = _anybody if expected is None else expected
        for participant in sorted(self._room.remote_participants.values(), key=_joined_at):
            if not self.caller.done():
                self._on_joined(participant)

    def _can_be_caller(self, participant: rtc.RemoteParticipant) -> bool:
        return can_be_caller(participant) and self._expected(participant)

    def _on_permissions_changed(self, participant: rtc.Participant, _: object) -> None:
        self._on_joined(participant)

    def _set_caller(self, participant: rtc.RemoteParticipant) -> None:
        self.caller.set_result(participant)
        self._sid, self._status = participant.sid, status_of(participant)
        self._post(caller_found(participant))
        if self._status == "hangup":
            self._post(CallerLeft("the phone had hung up"))
        self._count_others()

    def _on_caller_rejoined(self, participant: rtc.Participant) -> None:
        """Handle a new session with the caller's identity: a page reload, a second tab, a reconnected client or another
        phone call.

        Post `CallerRejoined` once the new session is active. For another phone call, post `CallerLeft` instead, because
        the next caller must not hear what was said to this caller.
        """
        known, self._sid = self._sid, participant.sid
        if participant.sid == known and not self._absent:
            return
        if is_other_call(self.caller.result(), participant):
            self._absent = False
            self._post(Warned(_SHARED.format(identity=participant.identity)))
            self._post(CallerLeft(disconnect_text(rtc.DisconnectReason.DUPLICATE_IDENTITY), successor=True))
        elif participant.state != _ACTIVE:
            self._post_absent(disconnect_text(rtc.DisconnectReason.DUPLICATE_IDENTITY))
        else:
            self._absent = False
            self._post(CallerRejoined())
            self._update_status(participant)

    def _post_absent(self, reason: str = "") -> None:
        """Post `CallerAbsent`, unless the caller is absent already."""
        if not self._absent:
            self._absent = True
            self._post(CallerAbsent(reason))

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if self._room.connection_state == rtc.ConnectionState.CONN_RECONNECTING:
            return  # while the agent reconnects, the SDK reports that every participant left
        if not self._is_caller(participant):
            self._count_others()
        elif participant.sid != self._sid:
            return  # an older session of the caller has ended, not the current one
        elif participant.disconnect_reason in _REPLACED:
            self._post_absent(disconnect_text(participant.disconnect_reason))
        else:
            self._post(CallerLeft(disconnect_text(participant.disconnect_reason)))

    def _count_others(self) -> None:
        """Post `OtherParticipants` if the number of other participants has changed."""
        others = [p for p in self._room.remote_participants.values() if not self._is_caller(p)]
        counted = sum(map(can_be_caller, others)), sum(one.kind == _AGENT for one in others)
        if counted != self._others:
            self._others = counted
            self._post(OtherParticipants(*counted))

    def _on_attributes_changed(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if STATUS in changed and self._is_caller(participant):
            self._update_status(participant)
        elif STATUS in changed and not self.caller.done():  # a dialled phone becomes the caller when answered
            self._on_joined(participant)

    def _update_status(self, participant: rtc.Participant) -> None:
        """Post `CallerStatus` if the caller's SIP call status has changed."""
        status = status_of(participant)
        if status != self._status:
            self._status = status
            self._post(CallerStatus(status))

    def _on_dtmf(self, key: rtc.SipDTMF) -> None:
        if key.participant is not None and self._is_caller(key.participant):
            self._post(KeyPressed(key.digit))

    def _on_reconnected(self) -> None:
        self._link.reconnected()
        if not self.caller.done():
            return
        self._count_others()  # the SDK has no event for participants that left during the interruption
        if self.identity not in self._room.remote_participants:
            self._post_absent()

    def _is_caller(self, participant: rtc.Participant) -> bool:
        return self.identity == participant.identity


def _anybody(_: rtc.RemoteParticipant) -> bool:
    return True


def _joined_at(participant: rtc.Participant) -> float:
    return participant.joined_at.timestamp() if participant.joined_at else math.inf
