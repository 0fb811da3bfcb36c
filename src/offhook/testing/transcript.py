"""The transcript that the agent sends into the room, as a front end would show it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from livekit import rtc

__all__ = ["Line", "Transcript"]


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody said, in words; `at` is when its first word came."""

    who: str
    text: str
    at: float
    final: bool


class Transcript:
    """Collects `lk.transcription` streams; a line grows, or is replaced, until it is final."""

    def __init__(self, *, name: Callable[[str], str], changed: Callable[[], None]) -> None:
        self._name = name
        self._changed = changed
        self._lines: dict[str, Line] = {}
        self._readers: set[asyncio.Task[None]] = set()

    @property
    def lines(self) -> list[Line]:
        return list(self._lines.values())

    def take(self, reader: rtc.TextStreamReader, sender: str) -> None:
        """Room callback: one more stream."""
        task = asyncio.create_task(self._read(reader, sender), name="transcript")
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def close(self) -> None:
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _read(self, reader: rtc.TextStreamReader, sender: str) -> None:
        key = f"{sender}/{(reader.info.attributes or {}).get('lk.segment_id', reader.info.stream_id)}"
        text, error = "", None
        try:
            async for chunk in reader:
                text += chunk
                self._put(key, sender, text)
        except rtc.StreamError as cut:  # the call ended in the middle of a sentence: what came of it stays
            error = cut
        told = (reader.info.attributes or {}).get("lk.transcription_final")
        if key in self._lines and told == "true" and error is None:
            self._lines[key] = replace(self._lines[key], final=True)
            self._changed()

    def _put(self, key: str, sender: str, text: str) -> None:
        before = self._lines.get(key)
        at = before.at if before else time.monotonic()
        self._lines[key] = Line(self._name(sender), text, at, final=False)
        self._changed()
