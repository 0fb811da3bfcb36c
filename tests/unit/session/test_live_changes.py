"""The operator stops the agent's speech, and changes the voice of a Realtime model where its API allows that."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents import Agent, function_tool, inference
from livekit.plugins import openai

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.testing.sandbox import Answer, Asked

from .duplex import FakeDuplex
from .test_live_models import models
from .wired import Wired, talk

LONG = "This is a long sentence that the caller does not want to hear up to its end. " * 3


def realtime(url: str, **more: Any) -> dict[str, Any]:
    return {
        "vad": inference.VAD(model="silero"),
        "llm": openai.realtime.RealtimeModel(api_key="any", base_url=f"{url}/v1", voice="marin"),
        "tts": openai.TTS(api_key="any", base_url=f"{url}/v1", voice="marin"),
        "turn_handling": {"turn_detection": "realtime_llm", "interruption": {"mode": "vad"}},
        **more,
    }


async def speaking(now: Wired, begin: Callable[[], object]) -> None:
    """Wait until the agent speaks."""
    began = asyncio.Event()
    now.session.on("agent_state_changed", lambda event: began.set() if event.new_state == "speaking" else None)
    begin()
    await began.wait()


@pytest.mark.slow
@pytest.mark.parametrize("make", [models, realtime], ids=["pipeline", "realtime"])
@pytest.mark.parametrize("interruptible", [True, False])
def test_the_speech_stops_and_what_waits_behind_it_is_not_spoken(make: Any, *, interruptible: bool) -> None:
    async def scene(now: Wired) -> None:
        await speaking(now, lambda: now.session.say(LONG, allow_interruptions=interruptible))
        waiting = now.session.say("Waiting.", allow_interruptions=interruptible)
        await asyncio.sleep(1)
        assert await now.changes.interrupt() == ""
        assert await now.earpiece.heard.get() == pytest.approx(1, abs=0.1)
        assert (now.session.current_speech, waiting.interrupted) == (None, True)

    talk(scene, make)


def test_the_answer_of_a_realtime_model_stops() -> None:
    async def scene(now: Wired) -> None:
        await speaking(now, now.session.generate_reply)
        await asyncio.sleep(0.1)
        assert await now.changes.interrupt() == ""
        assert await now.earpiece.heard.get() == pytest.approx(0.1, abs=0.1)

    talk(scene, realtime)


def test_the_caller_hears_no_more_of_a_duplex_model_although_the_model_goes_on() -> None:
    model = FakeDuplex()

    async def scene(now: Wired) -> None:
        await asyncio.sleep(1)
        await speaking(now, lambda: model.sessions[0].speak("A long speech.", seconds=6))
        await asyncio.sleep(1)
        assert await now.changes.interrupt() == ""
        assert await now.earpiece.heard.get() == pytest.approx(1, abs=0.1)
        assert model.sessions[0].unsaid > 4
        await asyncio.sleep(8)
        assert (now.earpiece.heard.empty(), model.sessions[0].unsaid) == (True, 0)
        await speaking(now, lambda: model.sessions[0].speak("The next one.", seconds=1))
        assert await now.earpiece.heard.get() == pytest.approx(1.5, abs=0.1)

    talk(scene, lambda _: {"llm": model})


@pytest.mark.parametrize("make", [models, realtime, lambda _: {"llm": FakeDuplex()}])
def test_a_silent_agent_was_not_speaking(make: Any) -> None:
    async def scene(now: Wired) -> None:
        await asyncio.sleep(1)
        assert await now.changes.interrupt() == "the agent was not speaking"

    talk(scene, make)


class Desk(Agent):
    """Its tool waits until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a desk.")
        self.started, self.go, self.ended = asyncio.Event(), asyncio.Event(), False

    @function_tool
    async def book(self) -> str:
        """Book a table."""
        self.started.set()
        await self.go.wait()
        self.ended = True
        return "Booked."


def booking(asked: Asked) -> Answer | str:
    return Answer(tool="book") if asked.lines[-1].role == "user" else "It is booked."


@pytest.mark.slow
def test_a_running_tool_goes_on_while_the_agent_is_silent() -> None:
    async def scene(now: Wired) -> None:
        desk: Any = now.session.current_agent
        now.session.generate_reply(user_input="a table")
        await desk.started.wait()
        assert "not speaking" in await now.changes.interrupt()
        desk.go.set()
        await now.idle()
        assert desk.ended

    talk(scene, models, agent=lambda _: Desk(), brain=booking)


@pytest.mark.parametrize(("seconds", "spoken"), [(3, False), pytest.param(8, True, marks=pytest.mark.slow)])
def test_a_tool_goes_on_when_the_speech_beside_it_stops_and_the_operator_is_told(
    seconds: float, *, spoken: bool
) -> None:
    async def scene(now: Wired) -> None:
        desk: Any = now.session.current_agent
        await speaking(now, lambda: now.session.generate_reply(user_input="a table"))
        await desk.started.wait()
        began = asyncio.get_running_loop().time()
        assert await now.changes.interrupt() == "the tool book goes on, and the agent may not speak its result"
        assert asyncio.get_running_loop().time() - began <= 2.1
        assert await now.earpiece.heard.get() < 0.5
        await asyncio.sleep(began + seconds - asyncio.get_running_loop().time())
        desk.go.set()
        await asyncio.sleep(10)
        assert (desk.ended, not now.earpiece.heard.empty()) == (True, spoken)

    def brain(asked: Asked) -> Answer | str:
        return Answer(LONG, "book") if asked.lines[-1].role == "user" else "It is booked."

    talk(scene, models, agent=lambda _: Desk(), brain=brain)


def updates(now: Wired) -> list[Any]:
    """The voices and speeds that the Realtime session was told after its start."""
    told = [one.body["session"] for one in now.sandbox.requests if one.body.get("type") == "session.update"]
    return [
        {name: one["audio"]["output"].get(name) for name in ("voice", "speed")} for one in told[1:] if "audio" in one
    ]


def test_a_realtime_model_and_the_tts_of_its_fixed_lines_get_the_voice_before_the_first_words() -> None:
    async def scene(now: Wired) -> None:
        assert now.changes.voice("cedar", speed=1.2) == ""
        await now.session.generate_reply()
        assert updates(now)[-1] == {"voice": "cedar", "speed": 1.2}
        await now.session.say("Fixed words.")
        spoken = now.last("openai", "/v1/audio/speech")
        assert (spoken["voice"], spoken["speed"]) == ("cedar", 1.2)

    talk(scene, realtime)


def test_a_realtime_model_that_has_spoken_keeps_its_voice() -> None:
    async def scene(now: Wired) -> None:
        await now.session.generate_reply()
        with pytest.raises(UnsupportedError, match="only before the first words"):
            now.changes.voice("cedar")
        await now.session.say("Fixed words.")
        assert now.last("openai", "/v1/audio/speech")["voice"] == "marin"
        assert updates(now) == []

    talk(scene, realtime)


Attempt = Callable[[Wired], Any]


@pytest.mark.parametrize(
    ("attempt", "why"),
    [
        (lambda now: now.changes.models(llm="gpt-realtime-2"), "keeps its model"),
        (lambda now: now.changes.models(temperature=0.5), "keeps its model and its temperature"),
        (lambda now: now.changes.models(stt="nova-2"), "no STT"),
        (lambda now: now.changes.voice("cedar", language="es"), "language of its instructions"),
    ],
)
def test_a_realtime_model_cannot_change_the_rest(attempt: Attempt, why: str) -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError, match=why):
            attempt(now)

    talk(scene, realtime)


@pytest.mark.parametrize(
    "attempt", [lambda now: now.changes.models(llm="gpt-live-2"), lambda now: now.changes.voice("cedar")]
)
def test_a_duplex_model_keeps_its_model_and_its_voice(attempt: Attempt) -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError):
            attempt(now)

    talk(scene, lambda _: {"llm": FakeDuplex()})


@pytest.mark.parametrize("voice", ["", "  ", "a\nb", "x" * 201])
def test_a_bad_voice_is_refused(voice: str) -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(OffhookError, match="voice must be a name"):
            now.changes.voice(voice)

    talk(scene, models)
