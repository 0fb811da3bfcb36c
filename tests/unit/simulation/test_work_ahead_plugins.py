"""Answers that begin early with the real plugins of Deepgram, OpenAI and Cartesia on the emulated providers."""

from typing import Any

import pytest
from livekit.agents import Agent

from offhook import Call, Plan, WorkAhead, serve
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.sandbox import Sandbox

pytestmark = pytest.mark.slow

HOURS = "What are your opening hours?"


class Eager:
    """An STT model whose interim transcripts have all the words of the utterance."""

    def __init__(self, *interims: str) -> None:
        self._interims = list(interims)

    async def begin(self) -> "Eager":
        return self

    async def hear(self, pcm: bytes) -> None:
        return

    async def so_far(self) -> str:
        return self._interims.pop(0) if len(self._interims) > 1 else self._interims[0]

    async def whole(self) -> str:
        return HOURS

    def done(self) -> None:
        return


def plan(call: Call) -> Plan:
    ahead = None if call.metadata else WorkAhead()
    return Plan(agent=Agent(instructions="desk"), greeting="Hello.", work_ahead=ahead)


async def asks(call: ScriptedCaller) -> None:
    await call.hears("Hello")
    await call.says("what are your opening hours")
    await call.hears("You asked")
    await call.hangs_up()


def played(*interims: str, **options: Any) -> tuple[list[tuple[bool, bool]], int, list[str]]:
    sandbox = Sandbox(stt=Eager(*interims), llm=lambda asked: f"You asked: {asked.lines[-1].text}")
    call = simulate(serve(plan), asks, sandbox=sandbox, **options)
    early = [(one.body["early"], one.body["used"]) for one in call.records if one.name == "PreemptiveAnswer"]
    return early, sum(one.path == "/v1/chat/completions" for one in sandbox.requests), call.heard


def test_an_interim_message_of_deepgram_begins_the_answer() -> None:
    assert played(HOURS) == ([(True, True)], 1, [HOURS])


def test_without_a_plan_for_it_the_answer_begins_on_the_final_message() -> None:
    assert played(HOURS, metadata="off") == ([], 1, [HOURS])


def test_a_request_for_half_of_the_words_is_cancelled() -> None:
    half = "What are your hours?"
    assert played(half, half, half, HOURS) == ([(True, False), (True, True)], 2, [HOURS])
