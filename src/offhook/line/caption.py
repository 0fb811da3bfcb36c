"""The words of a line that no session says, for whoever reads along: sent as LiveKit sends an agent's transcript."""

import asyncio
import logging

from livekit import rtc
from livekit.agents import types, utils

__all__ = ["Caption"]

log = logging.getLogger("offhook")

_LATE = 0.5
"""Seconds that words may come after their sound; the sound waits for none."""


class Caption:
    """One line. Its words are sent by a task of their own, so that a failure or a slow way costs no sound."""

    def __init__(self, room: rtc.Room, track: str) -> None:
        self._room = room
        self._attributes = {
            types.ATTRIBUTE_TRANSCRIPTION_TRACK_ID: track,
            types.ATTRIBUTE_TRANSCRIPTION_SEGMENT_ID: utils.shortuuid("SG_"),
        }
        self._shown = ""
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send(), name="offhook caption")

    def show(self, heard: str) -> None:
        """So much of the line has been heard by now."""
        piece, self._shown = heard.removeprefix(self._shown), heard
        if piece:
            self._pieces.put_nowait(piece)

    async def end(self, heard: str) -> None:
        """No more of it will be heard."""
        self.show(heard)
        self._pieces.put_nowait(None)
        try:
            async with asyncio.timeout(_LATE):
                await self._sending
        except TimeoutError:
            log.warning("the words of a line could not be sent in time; it was heard all the same")

    async def _send(self) -> None:
        try:
            first = await self._pieces.get()
            if first is not None:
                await self._stream(first)
        except Exception:  # whatever the way to the room raises, the line was heard
            log.warning("the words of a line could not be sent; it was heard all the same", exc_info=True)

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
