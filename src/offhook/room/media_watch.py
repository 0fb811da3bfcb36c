"""Detects when no packets arrive from the caller. Without this check, a dead network looks like a silent caller.

LiveKit replaces the missing audio with silence, sends no event, and removes the participant only after 20 s.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from livekit import rtc

from offhook.core.facts import Fact, MediaLost, MediaRestored
from offhook.room.line_quality import LineQuality, sample_of

__all__ = ["GAP", "POLL_INTERVAL", "MediaWatch", "age_of"]

log = logging.getLogger("offhook")

POLL_INTERVAL = 1.0
"""Poll interval in seconds; a poll costs 0.8 ms."""
MAX_POLL_INTERVAL = 30.0
"""For a track without packet statistics, the poll interval doubles with each poll, up to this many seconds."""
GAP = 2.5
"""After this many seconds without a packet, the caller's media counts as lost. A silent caller sends a packet at least
every 0.4 s; a muted caller is not polled.
"""
STATS_TIMEOUT = 2.0
"""Timeout in seconds for the SDK's statistics; the SDK may not answer while it rejoins."""


class MediaWatch:
    """Polls the statistics of the caller's audio track, from `start` to `stop`."""

    def __init__(self, room: rtc.Room, caller: Callable[[], str], post: Callable[[Fact], None]) -> None:
        self._room = room
        self._caller = caller
        self._post = post
        self._lost_since: float | None = None
        self._quality = LineQuality(post)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="offhook media watch")

    async def stop(self) -> None:
        """If polling was started, stop polling and post the quality of the caller's connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._quality.finish()

    async def _watch(self) -> None:
        clock, pause = asyncio.get_running_loop().time, POLL_INTERVAL
        while True:
            await asyncio.sleep(pause)
            track = self._track()
            stats = await _stats(track) if track is not None else []
            age = age_of(stats)
            pause = min(2 * pause, MAX_POLL_INTERVAL) if track is not None and age is None else POLL_INTERVAL
            if age is not None:
                self.update(age, clock())
            if (sample := sample_of(stats, clock())) is not None:
                self._quality.add(sample)

    def update(self, age: float, now: float) -> None:
        """Post `MediaLost` when the last packet is `GAP` seconds old, and `MediaRestored` when packets arrive again."""
        if self._lost_since is None and age >= GAP:
            self._lost_since = round(now - age, 3)
            self._post(MediaLost("caller", since=self._lost_since))
        elif self._lost_since is not None and age < GAP:
            self._post(MediaRestored("caller", round(now - self._lost_since, 3)))
            self._lost_since = None

    def _track(self) -> rtc.RemoteTrack | None:
        """Return the caller's audio track; None if no packets are expected.

        The server forwards no packets of a muted microphone.
        """
        caller = self._room.remote_participants.get(self._caller())
        if caller is None or self._room.connection_state != rtc.ConnectionState.CONN_CONNECTED:
            return None
        audio = (one for one in caller.track_publications.values() if one.kind == rtc.TrackKind.KIND_AUDIO)
        return next((one.track for one in audio if one.track is not None and not one.muted), None)


async def _stats(track: rtc.RemoteTrack) -> Sequence[rtc.stats.RtcStats]:
    try:
        async with asyncio.timeout(STATS_TIMEOUT):
            return await track.get_stats()
    except Exception as error:  # noqa: BLE001  # the SDK raises a plain Exception for a track that has just gone
        log.debug("the caller's track has no statistics", extra={"error": repr(error)})
        return []


def age_of(stats: Iterable[rtc.stats.RtcStats]) -> float | None:
    """Return how many seconds before these `stats` the last packet arrived, or None before the first packet."""
    inbound = (one.inbound_rtp for one in stats if one.WhichOneof("stats") == "inbound_rtp")
    rtp = next((one for one in inbound if one.inbound.last_packet_received_timestamp), None)
    return max(0.0, rtp.rtc.timestamp / 1e6 - rtp.inbound.last_packet_received_timestamp / 1e3) if rtp else None
