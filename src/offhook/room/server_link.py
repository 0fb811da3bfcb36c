"""Translates the events of the agent's connection to the LiveKit server into facts."""

import asyncio
from collections.abc import Callable

from livekit import rtc

from offhook.core.facts import CallerLeft, Fact, MediaLost, MediaRestored, RoomDisconnected
from offhook.room.participants import disconnect_text

__all__ = ["GAVE_UP", "ServerLink"]

GAVE_UP = "the connection to the LiveKit server was lost"

_MARGIN = 5.0
"""The server may close an empty room this many seconds earlier or later than the room's `empty_timeout` says."""


class ServerLink:
    """Posts facts when the connection to the server is interrupted, restored or closed."""

    def __init__(self, room: rtc.Room, post: Callable[[Fact], None], *, caller_came: Callable[[], bool]) -> None:
        self._room = room
        self._post = post
        self._caller_came = caller_came
        self._clock = asyncio.get_running_loop().time
        self._interrupted_at: float | None = None
        self._started_at = 0.0

    def start(self) -> None:
        """Register for the room's connection events. Call this method right after connecting to the room."""
        self._started_at = self._clock()
        self._room.on("reconnecting", self._on_reconnecting)
        self._room.on("disconnected", self._on_disconnected)

    def _on_reconnecting(self) -> None:
        if self._interrupted_at is None:
            self._interrupted_at = self._clock()
            self._post(MediaLost("server", since=self._interrupted_at))

    def reconnected(self) -> None:
        """Post `MediaRestored` if the connection was interrupted.

        The SDK runs the handlers of one event in no fixed order, so `RoomWatch` calls this method from its own handler.
        """
        if self._interrupted_at is not None:
            self._post(MediaRestored("server", round(self._clock() - self._interrupted_at, 3)))
            self._interrupted_at = None

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if reason == rtc.DisconnectReason.ROOM_CLOSED and not self._caller_came() and self._soon:
            self._post(CallerLeft("left before the agent joined"))
        # After ten failed attempts to reconnect (13 to 30 s), the SDK disconnects and gives no reason (UNKNOWN_REASON).
        unknown = reason == rtc.DisconnectReason.UNKNOWN_REASON
        self._post(RoomDisconnected(GAVE_UP if unknown else disconnect_text(reason)))

    @property
    def _soon(self) -> bool:
        """True until the room's `empty_timeout` has almost passed. Until then, the server closes a room only if a
        caller was in the room and left.
        """
        return self._clock() - self._started_at < self._room.empty_timeout - _MARGIN
