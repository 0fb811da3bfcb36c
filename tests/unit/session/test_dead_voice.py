"""The apology starts in time: by the call's TTS if it works or is only slow, else as a recorded clip."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import Agent, APIConnectionError, APIConnectOptions, tts

from offhook import Call, Ending, Limits, Plan, serve
from offhook.announce.clips import CLIPS
from offhook.models.offline.voice import OfflineVoice, render
from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.live.waiting import WaitTimeoutError

DESK = Path(__file__).parents[3] / "agents" / "agent.py"
GREETING = "Hello."
GOODBYE = "We have to stop here."
HANGS = 3600.0
MODELS: dict[str, Any] = {"llm": None, "stt": None, "vad": None, "turn_detection": None}


class Moody(OfflineVoice):
    """TTS that behaves differently for each request: works, fails, or is late by so many seconds."""

    def __init__(self, *moods: str | float) -> None:
        super().__init__()
        self.moods, self.asked = moods, 0

    def synthesize(self, text: str, *, conn_options: Any = None) -> tts.ChunkedStream:
        mood = self.moods[min(self.asked, len(self.moods) - 1)]
        self.asked += 1
        return Speaking(mood, tts=self, input_text=text, conn_options=conn_options or APIConnectOptions())


class Speaking(tts.ChunkedStream):
    def __init__(self, mood: str | float, **rest: Any) -> None:
        self._mood = mood
        super().__init__(**rest)

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        if self._mood == "dead":
            raise APIConnectionError("there is no way to it")
        await asyncio.sleep(float(self._mood))
        frame = render(self.input_text)
        output_emitter.initialize(request_id="", sample_rate=frame.sample_rate, num_channels=1, mime_type="audio/pcm")
        output_emitter.push(bytes(frame.data))
        output_emitter.flush()


MADE: list[Moody] = []


def plan(call: Call) -> Plan:
    wanted: Any = call.data
    MADE.append(Moody(*wanted["moods"]))
    return Plan(
        agent=Agent(instructions="You are the front desk."),
        greeting=GREETING,
        limits=Limits(seconds=5, goodbye=GOODBYE),
        session={**MODELS, "tts": MADE[-1]},
    )


server = serve(plan, port=0)


def played(*moods: str | float) -> tuple[SimulatedCall, float]:
    """Run a call that a limit ends after the greeting. Return it, and the seconds until its last words start."""
    call = simulate(server, models="own", metadata=json.dumps({"moods": moods}))
    (wanted, *_) = call.at("EndRequested")
    return call, min(began for began, _ in call.sounds if began > wanted) - wanted


@pytest.mark.parametrize(
    ("moods", "said", "within"),
    [
        ((0.0,), GOODBYE, 0.1),
        ((0.0, 1.0), GOODBYE, 1.1),
        ((0.0, 3.3), GOODBYE, 3.4),
        ((0.0, "dead"), Ending().apology, 0.5),
        ((0.0, HANGS), Ending().apology, 4.0),
        ((0.0, HANGS, 0.1), GOODBYE, 4.0),
    ],
    ids=["well", "late", "very late", "dead", "hangs", "hangs once"],
)
def test_the_last_words_are_heard_in_time(moods: tuple[str | float, ...], said: str, within: float) -> None:
    call, waited = played(*moods)
    assert (call.said, call.reason) == ([GREETING, said], "limit")
    assert waited <= within


@pytest.mark.parametrize(
    ("moods", "said", "within"),
    [((3.3,), GREETING, 3.5), ((HANGS, 0.1), GREETING, 4.0), ((HANGS,), CLIPS["voice"], 4.0)],
    ids=["very late", "hangs once", "hangs"],
)
def test_a_caller_who_is_greeted_by_a_voice_that_hangs_hears_something(
    moods: tuple[str | float, ...], said: str, within: float
) -> None:
    call = simulate(server, models="own", metadata=json.dumps({"moods": moods}))
    (started, *_) = call.at("SessionStarted")
    assert call.said[0] == said
    assert min(began for began, _ in call.sounds) - started <= within


def test_a_line_beside_the_session_is_read_as_it_is_heard_and_once() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.says("what are your opening hours")
        began = call.now
        assert await call.hears("One moment") == CLIPS["moment"]
        assert call.now - began < 5
        await call.hears("day and night")
        with pytest.raises(WaitTimeoutError):
            await call.hears("One moment", timeout=3)
        await call.hangs_up()

    call = simulate(DESK, caller, thinks=4.5)
    assert call.said.count(CLIPS["moment"]) == 1


@pytest.mark.slow
def test_of_a_line_that_makes_room_only_what_was_heard_is_read() -> None:
    read: list[str] = []

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.says("what are your opening hours")
        read.append(await call.hears("One"))
        await call.hears("day and night")

    call = simulate(DESK, caller, thinks=3.2)
    assert read[0] in call.said
    assert CLIPS["moment"].startswith(read[0])
    assert len(read[0]) < len(CLIPS["moment"])
