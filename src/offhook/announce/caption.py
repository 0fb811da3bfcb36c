"""Sends the text of each line of the announcer to the room, in LiveKit's transcript format."""

import asyncio
import logging

from livekit import rtc
from livekit.agents import types, utils

__all__ = ["Caption"]

log = logging.getLogger("offhook")

_LATE = 0.5
"""Maximum seconds to wait, after the end of a line's audio, until the whole text of the line is sent."""


class Caption:
    """The caption of one line. A separate task sends the text, so the audio is not affected if the sending fails or is
    slow.
    """

    def __init__(self, room: rtc.Room, track: str) -> None:
        self._room = room
        self._attributes = {
            types.ATTRIBUTE_TRANSCRIPTION_TRACK_ID: track,
            types.ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID: utils.shortuuid("SG_"),
        }
        self._shown = ""
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send(), name="offhook caption")

    def show(self, played: str) -> None:
        """Extend the caption to the text that was played so far."""
        piece, self._shown = played.removeprefix(self._shown), played
        if piece:
            self._pieces.put_nowait(piece)

    async def end(self, played: str) -> None:
        """Finish the caption with the text that was played."""
        self.show(played)
        self._pieces.put_nowait(None)
        try:
            async with asyncio.timeout(_LATE):
                await self._sending
        except TimeoutError:
            log.warning("the caption of a line was not sent in time; the audio was played")

    async def _send(self) -> None:
        try:
            first = await self._pieces.get()
            if first is not None:
                await self._stream(first)
        except Exception:  # the room's connection may raise any error, but the audio does not depend on the text
            log.warning("the caption of a line could not be sent; the audio was played", exc_info=True)

    async def _stream(self, first: str) -> None:
        final = types.ATTRIBUTE_TRANSCRIPTION_FINAL
        writer = await self._room.local_participant.stream_text(
            topic=types.TOPIC_TRANSCRIPTION, attributes={**self._attributes, final: "false"}
        )
        piece: str | None = first
        while piece is not None:
            await writer.write(piece)
            piece = await self._pieces.get()
        await writer.aclose(attributes={**self._attributes, final: "true"})
