"""Whole spoken conversations of a session with the real plugins on the sandbox, in virtual time."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, TurnHandlingOptions, function_tool, inference, utils
from livekit.agents.voice import io
from livekit.plugins import cartesia, deepgram, openai

from offhook.testing import virtual
from offhook.testing.sandbox import Answer, Asked, Oracle, Sandbox
from offhook.testing.speech import RATE, load

FRAME = RATE // 50
VAD: TurnHandlingOptions = {"turn_detection": "vad", "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}
WANTED, GOODBYE = "I would like to book a table for two people.", "Thank you, goodbye."


def desk(asked: Asked) -> Answer | str:
    """The same LLM for every provider API."""
    last = asked.lines[-1]
    if last.role == "result":
        return f"Your table is booked: {last.text}."
    if last.role == "user" and "table" in last.text and "book" in asked.tools:
        return Answer("One moment.", "book", {"people": "two"})
    if last.role == "user":
        return f"I heard: {last.text}"
    return "Hello, this is the desk."


class Desk(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You are a desk.")
        self.booked: list[str] = []

    @function_tool
    async def book(self, people: str) -> str:
        """Book a table."""
        self.booked.append(people)
        return f"for {people}"


class Microphone(io.AudioInput):
    """Frames of 20 ms at the loop's pace: the queued lines, then silence."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._due = asyncio.get_running_loop().time()
        self._waiting: deque[Any] = deque()

    def say(self, line: str) -> None:
        pcm = load(line)
        self._waiting.extend(np.pad(pcm[at : at + FRAME], (0, FRAME))[:FRAME] for at in range(0, len(pcm), FRAME))

    async def __anext__(self) -> rtc.AudioFrame:
        self._due += 0.02
        await asyncio.sleep(max(0.0, self._due - asyncio.get_running_loop().time()))
        samples = self._waiting.popleft() if self._waiting else np.zeros(FRAME, np.int16)
        return rtc.AudioFrame(samples.tobytes(), RATE, 1, FRAME)


class Earpiece(io.AudioOutput):
    """Plays in the loop's time and records the length of each answer."""

    def __init__(self) -> None:
        super().__init__(label="earpiece", capabilities=io.AudioOutputCapabilities(pause=False))
        self.answers: asyncio.Queue[float] = asyncio.Queue()
        self._seconds = 0.0
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._seconds:
            self.on_playback_started(created_at=time.time())
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._seconds:
            self._playing = asyncio.create_task(self._play(), name="earpiece")

    async def _play(self) -> None:
        await asyncio.sleep(self._seconds)
        self._done(interrupted=False)

    def clear_buffer(self) -> None:
        if self._playing is not None and not self._playing.done():
            self._playing.cancel()
            self._done(interrupted=True)

    def _done(self, *, interrupted: bool) -> None:
        seconds, self._seconds = self._seconds, 0.0
        self.on_playback_finished(playback_position=seconds, interrupted=interrupted)
        self.answers.put_nowait(seconds)


def pipeline(url: str) -> dict[str, Any]:
    return {
        "stt": deepgram.STT(api_key="any", base_url=f"{url}/v1/listen"),
        "llm": openai.LLM(api_key="any", base_url=f"{url}/v1"),
        "tts": cartesia.TTS(api_key="any", base_url=url),
        "turn_handling": VAD,
    }


def responses(url: str) -> dict[str, Any]:
    return pipeline(url) | {"llm": openai.responses.LLM(api_key="any", base_url=f"{url}/v1/responses")}


def local(url: str) -> dict[str, Any]:
    known: dict[str, Any] = {"api_key": "none", "base_url": f"{url}/v1"}
    models = {"stt": openai.STT(**known), "llm": openai.LLM(model="llama3.2", **known), "tts": openai.TTS(**known)}
    return models | {"turn_handling": VAD}


def realtime(url: str) -> dict[str, Any]:
    return {"llm": openai.realtime.RealtimeModel(api_key="any", base_url=f"{url}/v1")}


async def talk(make: Callable[[str], dict[str, Any]]) -> tuple[list[tuple[str, str]], list[float], Desk, Sandbox]:
    """Book a table in a whole call; returns the messages, the seconds of each answer, the agent and the sandbox."""
    agent = Desk()
    async with Sandbox(stt=Oracle(WANTED, GOODBYE), llm=desk) as sandbox, utils.http_context.open():
        session: AgentSession[Any] = AgentSession(vad=inference.VAD(model="silero"), **make(sandbox.url))
        microphone, earpiece = Microphone(), Earpiece()
        session.input.audio, session.output.audio = microphone, earpiece
        await session.start(agent)
        session.generate_reply(instructions="Greet the caller.")
        heard = [await asyncio.wait_for(earpiece.answers.get(), 30)]
        microphone.say("i would like to book a table for two people")
        heard += [await asyncio.wait_for(earpiece.answers.get(), 30) for _ in range(2)]
        microphone.say("thank you goodbye")
        heard.append(await asyncio.wait_for(earpiece.answers.get(), 30))
        await session.aclose()
        said = [(str(item.role), item.text_content or "") for item in session.history.messages()]
    return said, heard, agent, sandbox


SAID = [
    ("assistant", "Hello, this is the desk."),
    ("user", WANTED),
    ("assistant", "One moment."),
    ("assistant", "Your table is booked: for two."),
    ("user", GOODBYE),
    ("assistant", f"I heard: {GOODBYE}"),
]


@pytest.mark.slow
@pytest.mark.parametrize("make", [pipeline, responses, realtime, local])
def test_a_conversation_with_a_tool_call_goes_as_it_is_written(make: Callable[[str], dict[str, Any]]) -> None:
    said, heard, agent, _ = virtual.run(talk(make), grace=0.0)
    assert said == SAID
    assert agent.booked == ["two"]
    answers = [text for role, text in said if role == "assistant"]
    assert heard == [pytest.approx(0.05 * len(text), abs=0.12) for text in answers]


@pytest.mark.slow
def test_a_model_is_asked_what_was_said_and_nothing_else() -> None:
    _, _, _, sandbox = virtual.run(talk(pipeline), grace=0.0)
    last = sandbox.asked("openai", "/v1/chat/completions")[-1].body["messages"]
    assert [(one["role"], one.get("content")) for one in last] == [
        ("system", "You are a desk."),
        ("assistant", "Hello, this is the desk."),
        ("user", WANTED),
        ("assistant", "One moment."),
        ("tool", "for two"),
        ("assistant", "Your table is booked: for two."),
        ("user", GOODBYE),
    ]
    assert sandbox.asked("deepgram")[0].how == "connect"
    spoken = [one.body["transcript"].strip() for one in sandbox.asked("cartesia") if one.how == "message"]
    assert [text for text in spoken if text] == [text for role, text in SAID if role == "assistant"]
