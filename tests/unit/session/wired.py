"""A spoken session on the provider sandbox in virtual time, for changes during a call; the requests show the effect."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession, utils
from livekit.agents.voice import io

from offhook.core.facts import AgentHandoff
from offhook.models import choose
from offhook.session.changes.changes import LiveChanges
from offhook.settings import Settings
from offhook.testing import virtual
from offhook.testing.sandbox import Answer, Asked, Oracle, Sandbox
from offhook.testing.speech import RATE, Samples, load

__all__ = ["Earpiece", "Microphone", "Wired", "talk"]

FRAME = RATE // 50


class Microphone(io.AudioInput):
    """Frames of 20 ms at the loop's pace: the queued lines, then silence."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._due = asyncio.get_running_loop().time()
        self._waiting: deque[Any] = deque()

    def say(self, line: str) -> None:
        self.play(load(line))

    def play(self, pcm: Samples) -> None:
        self._waiting.extend(np.pad(pcm[at : at + FRAME], (0, FRAME))[:FRAME] for at in range(0, len(pcm), FRAME))

    async def __anext__(self) -> rtc.AudioFrame:
        self._due += 0.02
        await asyncio.sleep(max(0.0, self._due - asyncio.get_running_loop().time()))
        samples = self._waiting.popleft() if self._waiting else np.zeros(FRAME, np.int16)
        return rtc.AudioFrame(samples.tobytes(), RATE, 1, FRAME)


class Earpiece(io.AudioOutput):
    """Plays in the loop's time. `heard` has the seconds of each speech; an interruption cuts them."""

    def __init__(self) -> None:
        super().__init__(label="earpiece", capabilities=io.AudioOutputCapabilities(pause=False))
        self.heard: asyncio.Queue[float] = asyncio.Queue()
        self._seconds, self._began = 0.0, 0.0
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._seconds:
            self._began = asyncio.get_running_loop().time()
            self.on_playback_started(created_at=time.time())
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._seconds:
            self._playing = asyncio.create_task(self._play(), name="earpiece")

    def clear_buffer(self) -> None:
        if self._playing is not None and not self._playing.done():
            self._playing.cancel()
            self._done(min(self._seconds, self._elapsed), interrupted=True)

    @property
    def _elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    async def _play(self) -> None:
        await asyncio.sleep(max(0.0, self._seconds - self._elapsed))
        self._done(self._seconds, interrupted=False)

    def _done(self, seconds: float, *, interrupted: bool) -> None:
        self._seconds = 0.0
        self.on_playback_finished(playback_position=seconds, interrupted=interrupted)
        self.heard.put_nowait(seconds)


@dataclass
class Wired:
    """The session with its changes, and what the providers were asked."""

    session: AgentSession[Any]
    changes: LiveChanges
    sandbox: Sandbox
    microphone: Microphone
    earpiece: Earpiece

    async def turn(self) -> float:
        """The caller says hello; returns the seconds from the begin of the word to the caller's turn."""
        committed: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()

        def on_item(event: Any) -> None:
            if event.item.type == "message" and event.item.role == "user" and not committed.done():
                committed.set_result(loop.time() - began)

        self.session.on("conversation_item_added", on_item)
        self.microphone.say("hello")
        async with asyncio.timeout(60):
            seconds = await committed
            await self.earpiece.heard.get()
            await self.idle()
        self.session.off("conversation_item_added", on_item)
        return seconds

    async def idle(self) -> None:
        """Wait until nothing is spoken."""
        while (speech := self.session.current_speech) is not None:
            await speech

    def last(self, provider: Any, path: str) -> Mapping[str, Any]:
        """The query and the body of the last request to this path."""
        request = [one for one in self.sandbox.asked(provider, path) if one.body.get("type") != "KeepAlive"][-1]
        return {**request.query, **request.body}


def talk(
    scene: Callable[[Wired], Awaitable[None]],
    make: Callable[[str], Mapping[str, Any]] | None = None,
    *,
    agent: Callable[[str], Agent] = lambda _: Agent(instructions="You are a desk."),
    brain: Callable[[Asked], Answer | str] = lambda _: "I heard you.",
    before_start: Callable[[Wired], Callable[[], Awaitable[None]]] | None = None,
    **settings: str,
) -> None:
    """Run a scene on a started session; the models are those of the settings on the sandbox, or those of `make`."""

    async def main() -> None:
        oracle = Oracle(*["Hello."] * 9)
        async with Sandbox(stt=oracle, llm=brain) as sandbox, utils.http_context.open():
            environ = {**sandbox.environ(), "OFFHOOK_TURN_DETECTION": "vad", **settings}
            del environ["LIVEKIT_INFERENCE_URL"]  # LiveKit reads it, the settings do not
            models = make(sandbox.url) if make else choose(Settings(**environ)).session
            session: AgentSession[Any] = AgentSession(**models)
            microphone, earpiece = Microphone(), Earpiece()
            session.input.audio, session.output.audio = microphone, earpiece
            facts: list[Any] = []
            changes = LiveChanges(session, facts.append)
            wired = Wired(session, changes, sandbox, microphone, earpiece)

            def on_item(event: Any) -> None:
                if event.item.type == "agent_handoff":
                    changes.notice(AgentHandoff(event.item.old_agent_id or "", event.item.new_agent_id))

            session.on("conversation_item_added", on_item)
            stop = before_start(wired) if before_start else None
            await session.start(agent(sandbox.url))
            try:
                await scene(wired)
            finally:
                if stop is not None:
                    await stop()
                async with asyncio.timeout(30):
                    await session.aclose()

    virtual.run(main(), grace=0.005)
