"""The mouth beside the session: a line that follows a silenced one is said, whatever native audio thinks of it."""

import asyncio
from typing import Any

import numpy as np
from livekit import rtc

from offhook.core.wishes import Say
from offhook.line.announce import Announcer


class Source:
    """As LiveKit's native source: refuses a frame while another is being handed over, which a queue may delay."""

    def __init__(self) -> None:
        self.handed: list[rtc.AudioFrame] = []
        self.busy = False
        self.queued_duration = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        if self.busy:
            raise RuntimeError("InvalidState - failed to capture frame")
        self.busy = True
        self.handed.append(frame)
        await asyncio.shield(asyncio.ensure_future(self._taken()))

    async def _taken(self) -> None:
        await asyncio.sleep(0.2)
        self.busy = False

    async def wait_for_playout(self) -> None:
        return

    def clear_queue(self) -> None:
        return


class Room:
    def isconnected(self) -> bool:
        return True


async def test_a_goodbye_right_after_a_silenced_filler_is_said(monkeypatch: Any) -> None:
    told: list[object] = []
    source = Source()
    announcer = Announcer(Room(), voice=lambda: None, post=told.append)  # type: ignore[arg-type]  # the edge
    frame = rtc.AudioFrame(np.zeros(480, np.int16).tobytes(), 24_000, 1, 480)

    async def clip(_: str) -> list[rtc.AudioFrame]:
        return [frame] * 5

    monkeypatch.setattr("offhook.line.announce.load_clip", clip)
    announcer._source = source  # type: ignore[assignment]  # the edge
    filler = asyncio.create_task(announcer.say(Say("One moment, please.", tag="filler", beside=True)))
    await asyncio.sleep(0.1)
    filler.cancel()
    assert await announcer.say(Say("Goodbye.", tag="goodbye")) is False
    assert len(source.handed) == 6
