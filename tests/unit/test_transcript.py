"""The transcript as a caller of the test kit reads it, from streams whose pieces come when they come."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from offhook.testing.live.transcript import Transcript


class Stream:
    """The edge: what livekit-rtc's reader gives."""

    def __init__(self, segment: str, begun: int, *, final: bool = True) -> None:
        attributes = {"lk.segment_id": segment, "lk.transcription_final": "true" if final else "false"}
        self.info = SimpleNamespace(attributes=attributes, stream_id="", timestamp=begun)
        self.pieces: asyncio.Queue[str] = asyncio.Queue()
        self.read = asyncio.Event()

    def gives(self, text: str) -> None:
        self.pieces.put_nowait(text)
        self.pieces.put_nowait("")

    async def __aiter__(self) -> AsyncIterator[str]:
        while piece := await self.pieces.get():
            yield piece
        self.read.set()


class Page:
    """Whoever reads the transcript."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._transcript = Transcript(name=lambda identity: identity, changed=self._changed.set)

    def takes(self, stream: Any) -> None:
        self._transcript.take(stream, "agent")

    async def reads(self, *lines: tuple[str, bool]) -> None:
        async with asyncio.timeout(5):
            while self._lines != [*lines]:
                self._changed.clear()
                await self._changed.wait()

    @property
    def _lines(self) -> list[tuple[str, bool]]:
        return [(line.text, line.final) for line in self._transcript.lines]


async def test_a_line_that_is_read_late_stands_where_it_was_begun() -> None:
    page, first, second = Page(), Stream("a", 1000), Stream("b", 1300)
    page.takes(first)
    page.takes(second)
    second.gives("Goodbye.")
    await page.reads(("Goodbye.", True))
    first.gives("Hello.")
    await page.reads(("Hello.", True), ("Goodbye.", True))


async def test_a_line_that_is_sent_again_stays_where_it_was() -> None:
    page, guess, answer, words = Page(), Stream("a", 1000, final=False), Stream("b", 1300), Stream("a", 1500)
    for stream, text in ((guess, "What"), (answer, "Yes?"), (words, "What time is it?")):
        page.takes(stream)
        stream.gives(text)
    await page.reads(("What time is it?", True), ("Yes?", True))


async def test_an_interim_that_is_read_late_does_not_replace_what_was_said_since() -> None:
    page, first, second = Page(), Stream("a", 1000, final=False), Stream("a", 1300)
    page.takes(first)
    page.takes(second)
    second.gives("What time is it?")
    await page.reads(("What time is it?", True))
    first.gives("What")
    await first.read.wait()
    await page.reads(("What time is it?", True))
