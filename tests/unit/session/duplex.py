"""A duplex model at LiveKit's public edge: it listens and speaks at the same time, and keeps what it was told."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import NOT_GIVEN
from livekit.agents.llm import (
    ChatItem,
    DuplexAudioFrame,
    DuplexCapabilities,
    DuplexModel,
    DuplexOutputTranscriptDelta,
    DuplexSession,
    Tool,
    ToolContext,
)

__all__ = ["FakeDuplex", "FakeDuplexSession"]

RATE = 16_000
FRAME = RATE // 50
SILENCE, SOUND = np.zeros(FRAME, np.int16), np.full(FRAME, 9_000, np.int16)


class FakeDuplex(DuplexModel):
    """The model. `mutable` are the changes that it declares to allow during a call."""

    def __init__(self, **mutable: bool) -> None:
        super().__init__(
            capabilities=DuplexCapabilities(user_transcription=True, auto_tool_reply_generation=True, **mutable)
        )
        self.sessions: list[FakeDuplexSession] = []

    def session(self) -> DuplexSession[Any]:
        self.sessions.append(FakeDuplexSession(self))
        return self.sessions[-1]

    async def aclose(self) -> None:
        return


class FakeDuplexSession(DuplexSession[Any]):
    """A running connection: silence at the loop's pace, and sound while it speaks. It records what it is told."""

    def __init__(self, model: FakeDuplex) -> None:
        super().__init__(model)
        self.told: list[tuple[str, Any]] = []
        self.declines = False
        self._sound: deque[np.ndarray[Any, Any]] = deque()

    def speak(self, text: str, *, seconds: float) -> None:
        """Say a text on the model's own account."""
        self.emit("transcript_delta", DuplexOutputTranscriptDelta(text))
        self._sound.extend([SOUND] * round(seconds * 50))

    @property
    def unsaid(self) -> float:
        """Seconds of speech that the model has not sent yet."""
        return len(self._sound) / 50

    @property
    def audio_stream(self) -> AsyncIterator[DuplexAudioFrame]:
        return self._frames()

    async def _frames(self) -> AsyncIterator[DuplexAudioFrame]:
        while not self._closing:
            await asyncio.sleep(0.02)
            samples = self._sound.popleft() if self._sound else SILENCE
            yield DuplexAudioFrame(rtc.AudioFrame(samples.tobytes(), RATE, 1, FRAME))

    @property
    def tools(self) -> ToolContext:
        return ToolContext.empty()

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        return

    async def _update_instructions(self, instructions: str) -> None:
        self.told.append(("instructions", instructions))

    async def _append_items(self, items: list[ChatItem]) -> None:
        self.told += [(item.role, item.text_content) for item in items if item.type == "message"]

    async def _update_tools(self, tools: list[Tool]) -> None:
        return

    def _update_options(self, *, tool_choice: Any = NOT_GIVEN) -> None:
        return

    def _generate_reply(
        self, *, instructions: Any = NOT_GIVEN, tool_choice: Any = NOT_GIVEN, tools: Any = NOT_GIVEN
    ) -> None:
        if not self.declines:
            self.speak("As you asked.", seconds=2.0)
