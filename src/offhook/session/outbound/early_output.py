"""Publishes the agent's audio track while the plan function runs, so that the greeting is heard sooner.

livekit-agents 1.8.9 itself publishes the track only when the session starts. The server then needs about 0.1 s until
the caller receives the track. `RoomIO` makes its audio output with a class that has no public name. Until the session
has taken offhook's track, offhook replaces this class with a function that returns the output with this track.
"""

import asyncio
from contextlib import suppress
from typing import Any

from livekit import rtc
from livekit.agents.types import NOT_GIVEN
from livekit.agents.voice.room_io import AudioOutputOptions, room_io
from livekit.rtc.participant import UnpublishTrackError

__all__ = ["EarlyOutput"]

_CLASS = "_ParticipantAudioOutput"
_TRACK = "roomio_audio"
"""The name that LiveKit gives the track if the room options give no name."""
_UNPUBLISH = 2.0
"""Maximum seconds to wait until the server has removed the track."""


class EarlyOutput:
    """The audio output that the session of one call uses, unless the plan's room options change the audio output."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._original: Any = getattr(room_io, _CLASS, None)
        self._output: Any = None
        self._published: asyncio.Task[None] | None = None

    def publish(self) -> None:
        """Start to publish the track. If LiveKit has no class `_ParticipantAudioOutput`, do nothing: the session then
        publishes its own track when the session starts.
        """
        if self._original is None:
            return
        options = _defaults()
        self._output = output = self._original(self._room, **options)
        self._published = published = asyncio.create_task(output.start(), name="offhook publish audio")
        published.add_done_callback(_read_error)

        async def started(**_: Any) -> None:
            await published  # if the session closes before a client receives the track, the wait is cancelled

        def make(room: rtc.Room, **given: Any) -> Any:
            # If the early publishing failed, the session publishes its own track.
            failed = published.done() and published.exception() is not None
            if room is not self._room or given != options or self._output is None or failed:
                return self._original(room, **given)
            self._release()
            output.start = started
            return output

        setattr(room_io, _CLASS, make)

    async def drop(self) -> None:
        """Unpublish the track, unless the session uses it. A second call of `drop` does nothing."""
        output, published = self._output, self._published
        if output is None or published is None:
            return
        self._release()
        published.cancel()
        if self._room.isconnected():
            await self._unpublish()
        await output.aclose()

    async def _unpublish(self) -> None:
        me = self._room.local_participant
        for track in list(me.track_publications.values()):
            if track.name == _TRACK:
                with suppress(UnpublishTrackError, TimeoutError):  # the room may close during the request
                    async with asyncio.timeout(_UNPUBLISH):
                        await me.unpublish_track(track.sid)

    def _release(self) -> None:
        self._output = None
        setattr(room_io, _CLASS, self._original)


def _defaults() -> dict[str, Any]:
    """Return the arguments that `RoomIO` passes to the output class if the plan has no options for the audio output."""
    options = AudioOutputOptions()
    return {
        "sample_rate": options.sample_rate,
        "num_channels": options.num_channels,
        "track_publish_options": options.track_publish_options,
        "track_name": _TRACK if options.track_name is NOT_GIVEN else options.track_name,
    }


def _read_error(published: "asyncio.Task[None]") -> None:
    """Read the error of the task, because asyncio logs a task error that no code reads. If the session uses the track,
    `RoomIO` raises this error too.
    """
    if not published.cancelled():
        published.exception()
