"""Lines that noise blocks are spoken over the noise: a real session on a noisy connection, in virtual time."""

import json
from typing import Any

import pytest
from livekit.agents import Agent

from offhook import Call, Ending, Plan, Silence, ask, goodbye, say, serve
from offhook.testing import ScriptedCaller, simulate

BYE = "I will hang up now. Thank you for calling us. Goodbye."
FIRST = {"say": say("Still there?", after=3), "ask": ask("Offer to call back.", after=3)}


def plan(call: Call) -> Plan:
    """Plan with the first ladder step and the ending mode from the metadata."""
    ladder = Silence(FIRST[str(call.data["first"])], goodbye(BYE, after=3), hold=2)
    ending = Ending(on_interruption="reconsider" if call.data["reconsider"] else "finish")
    return Plan(agent=Agent(instructions="Be kind."), greeting="Hello.", silence=ladder, ending=ending)


async def a_voice_begins_with_the_line(caller: ScriptedCaller) -> None:
    await caller.hears("Hello")
    await caller.silent(2.77)
    caller.background("talker", 100)
    await caller.ended()


async def voices_come_and_go(caller: ScriptedCaller) -> None:
    await caller.hears("Hello")
    while not caller.over:
        await caller.makes("talker", 0.9)
        await caller.silent(1.5)


@pytest.mark.slow
@pytest.mark.parametrize("script", [a_voice_begins_with_the_line, voices_come_and_go])
@pytest.mark.parametrize("reconsider", [False, True], ids=["finish", "reconsider"])
@pytest.mark.parametrize("first", FIRST)
def test_a_voice_without_words_keeps_neither_question_nor_goodbye_from_being_said(
    first: str, reconsider: bool, script: Any
) -> None:
    metadata = json.dumps({"first": first, "reconsider": reconsider})
    replies = {"system:Offer": "Shall we call you back?"}
    call = simulate(serve(plan), script, replies=replies, metadata=metadata)
    assert (call.reason, call.said[-1]) == ("silence", BYE), call.timeline
    assert call.seconds < 30, call.timeline
    assert {"Still there?", "Shall we call you back?"} & set(call.said), call.timeline


def patient(_: Call) -> Plan:
    question = "Are you still there, or shall we call you back in a little while, when it suits you better?"
    ladder = Silence(say(question, after=3), goodbye(BYE, after=3))
    return Plan(agent=Agent(instructions="Be kind."), greeting="Hello.", silence=ladder)


async def pauses_it(caller: ScriptedCaller) -> None:
    await caller.hears("Hello")
    await caller.silent(3.6)
    await caller.makes("talker", 1.2)
    await caller.ended()


@pytest.mark.slow
def test_a_line_that_a_sound_pauses_is_not_taken_for_one_of_a_dead_voice() -> None:
    call = simulate(serve(patient), pauses_it)
    assert (call.reason, call.said[-1]) == ("silence", BYE), call.timeline
    assert Ending().apology not in call.said, call.timeline
