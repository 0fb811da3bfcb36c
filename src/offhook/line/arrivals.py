"""Notices when nothing arrives from the caller any more: to everybody else a dead network looks like a silent caller.

LiveKit fills the gap with silence, has no event for it, and lets the participant go after 20 s.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from livekit import rtc

from offhook.core.facts import Fact, LineBack, LineFaded

__all__ = ["EVERY", "GAP", "Arrivals", "age_of"]

log = logging.getLogger("offhook")

EVERY = 1.0
"""Seconds between two looks; one costs 0.8 ms."""
SELDOM = 30.0
"""Seconds between two looks, at most, where there is nothing to be seen: a track that keeps no account of itself."""
GAP = 2.5
"""Seconds without a packet. A caller who says nothing sends one every 0.4 s at least, and a muted one is not asked."""
ANSWERS_IN = 2.0
"""Seconds that the SDK may take to answer; while it joins anew it may not answer at all."""


class Arrivals:
    """Looks at what arrives from the caller, from `start` to `stop`."""

    def __init__(self, room: rtc.Room, caller: Callable[[], str], post: Callable[[Fact], None]) -> None:
        self._room = room
        self._caller = caller
        self._post = post
        self._faded: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="offhook arrivals")

    async def stop(self) -> None:
        """Look no more, also when nobody ever did."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _watch(self) -> None:
        clock, pause = asyncio.get_running_loop().time, EVERY
        while True:
            await asyncio.sleep(pause)
            track = self._track()
            age = await _last_packet(track) if track is not None else None
            pause = min(2 * pause, SELDOM) if track is not None and age is None else EVERY
            if age is not None:
                self.look(age, clock())

    def look(self, age: float, now: float) -> None:
        """The last packet came so long ago."""
        if self._faded is None and age >= GAP:
            self._faded = round(now - age, 3)
            self._post(LineFaded("caller", since=self._faded))
        elif self._faded is not None and age < GAP:
            self._post(LineBack("caller", round(now - self._faded, 3)))
            self._faded = None

    def _track(self) -> rtc.RemoteTrack | None:
        """The caller's sound, where it is to be expected: of a muted microphone the server passes on nothing."""
        caller = self._room.remote_participants.get(self._caller())
        if caller is None or self._room.connection_state != rtc.ConnectionState.CONN_CONNECTED:
            return None
        heard = (one for one in caller.track_publications.values() if one.kind == rtc.TrackKind.KIND_AUDIO)
        return next((one.track for one in heard if one.track is not None and not one.muted), None)


async def _last_packet(track: rtc.RemoteTrack) -> float | None:
    try:
        async with asyncio.timeout(ANSWERS_IN):
            return age_of(await track.get_stats())
    except Exception as error:  # noqa: BLE001  # the SDK raises a plain one for a track that has just gone
        log.debug("nobody can tell what arrives from the caller", extra={"error": repr(error)})
        return None


def age_of(stats: Iterable[rtc.stats.RtcStats]) -> float | None:
    """Seconds since the last packet; None when there was none yet. Both times are of the same clock."""
    inbound = (one.inbound_rtp for one in stats if one.WhichOneof("stats") == "inbound_rtp")
    rtp = next((one for one in inbound if one.inbound.last_packet_received_timestamp), None)
    return max(0.0, rtp.rtc.timestamp / 1e6 - rtp.inbound.last_packet_received_timestamp / 1e3) if rtp else None
