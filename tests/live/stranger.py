"""An agent without offhook: publishes its state, echoes chat messages, and leaves without closing the room."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from livekit import api, rtc


class Stranger:
    """Joins a room on a separate event loop, because Playwright runs its own loop in the test's thread."""

    def __init__(self, server: dict[str, str], room: str) -> None:
        self._url = server["LIVEKIT_URL"]
        token = api.AccessToken(server["LIVEKIT_API_KEY"], server["LIVEKIT_API_SECRET"]).with_identity("stranger")
        token = token.with_kind("agent").with_attributes({"lk.agent.state": "listening"})
        self._token = token.with_grants(api.VideoGrants(room_join=True, room=room)).to_jwt()
        self._joined = threading.Event()
        self._leaving = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def sitting(self) -> Iterator[None]:
        """Stay in the room while the block lasts, or until `leave`."""
        with ThreadPoolExecutor(1) as pool:
            stay = pool.submit(asyncio.run, self._run())
            if not self._joined.wait(10):
                raise TimeoutError("the stranger could not join")
            try:
                yield
            finally:
                self.leave()
                stay.result(10)

    def leave(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._leaving.set)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        room = rtc.Room()
        echoes: list[asyncio.Task[None]] = []

        def echo(reader: rtc.TextStreamReader, _sender: str) -> None:
            echoes.append(asyncio.create_task(self._echo(room, reader), name="echo"))

        room.register_text_stream_handler("lk.chat", echo)
        await room.connect(self._url, self._token)
        self._joined.set()
        await self._leaving.wait()
        await asyncio.gather(*echoes)
        await room.disconnect()

    async def _echo(self, room: rtc.Room, reader: rtc.TextStreamReader) -> None:
        await room.local_participant.send_text(f"You wrote: {await reader.read_all()}", topic="lk.chat")
