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
    """Collects `lk.transcription` streams; a line grows, or is replaced, until it is final.

    Lines are in the order in which they were begun: the native code of livekit-rtc 1.1 reads each stream by itself,
    so that the words of one may come before those of an earlier one.
    """

    def __init__(self, *, name: Callable[[str], str], changed: Callable[[], None]) -> None:
        self._name = name
        self._changed = changed
        self._lines: dict[str, Line] = {}
        self._begun: dict[str, int] = {}
        self._readers: set[asyncio.Task[None]] = set()

    @property
    def lines(self) -> list[Line]:
        return [self._lines[key] for key in sorted(self._lines, key=self._begun.__getitem__)]

    def take(self, reader: rtc.TextStreamReader, sender: str) -> None:
        """Room callback: one more stream."""
        key = f"{sender}/{(reader.info.attributes or {}).get('lk.segment_id', reader.info.stream_id)}"
        self._begun.setdefault(key, reader.info.timestamp)
        task = asyncio.create_task(self._read(key, reader, sender), name="transcript")
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def close(self) -> None:
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _read(self, key: str, reader: rtc.TextStreamReader, sender: str) -> None:
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
