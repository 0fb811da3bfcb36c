"""The transcript that the agent publishes in the room, as a front end would show it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from livekit import rtc

__all__ = ["Line", "Transcript"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript; `at` is the time at which its first word arrived."""

    who: str
    text: str
    at: float
    final: bool


class Transcript:
    """Collects `lk.transcription` streams. The text of a line grows or is replaced until the line is final.

    livekit-rtc 1.1 reads each stream in a separate task, so the text of a stream may arrive before the text of an
    earlier stream. Lines are therefore sorted by the time at which their first stream was opened. A stream sets the
    text of its line only if no later stream has already set the text of this line.
    """

    def __init__(self, *, name: Callable[[str], str], changed: Callable[[], None]) -> None:
        self._name = name
        self._changed = changed
        self._lines: dict[str, Line] = {}
        self._opened_at: dict[str, int] = {}
        self._shown: dict[str, int] = {}  # for each line, the number of the stream that set its text
        self._streams = 0
        self._readers: set[asyncio.Task[None]] = set()

    @property
    def lines(self) -> list[Line]:
        return [self._lines[key] for key in sorted(self._lines, key=self._opened_at.__getitem__)]

    def take(self, reader: rtc.TextStreamReader, sender: str) -> None:
        """Called by LiveKit for each new stream: read the stream in a new task."""
        key = f"{sender}/{(reader.info.attributes or {}).get('lk.segment_id', reader.info.stream_id)}"
        self._opened_at.setdefault(key, reader.info.timestamp)
        self._streams += 1
        task = asyncio.create_task(self._read(key, reader, sender, self._streams), name="transcript")
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def close(self) -> None:
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _read(self, key: str, reader: rtc.TextStreamReader, sender: str, number: int) -> None:
        text, error = "", None
        try:
            async for chunk in reader:
                text += chunk
                self._put(key, sender, text, number)
        except rtc.StreamError as stream_error:  # the call ended in the middle of a sentence: keep the text so far
            error = stream_error
        final = (reader.info.attributes or {}).get("lk.transcription_final")
        if self._shown.get(key) == number and final == "true" and error is None:
            self._lines[key] = replace(self._lines[key], final=True)
            self._changed()

    def _put(self, key: str, sender: str, text: str, number: int) -> None:
        if number < self._shown.get(key, 0):
            return
        self._shown[key] = number
        before = self._lines.get(key)
        at = before.at if before else time.monotonic()
        self._lines[key] = Line(self._name(sender), text, at, final=False)
        self._changed()
