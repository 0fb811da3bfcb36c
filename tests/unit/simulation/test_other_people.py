"""Whole calls with a second person in the room: they interrupt the agent, and they hold the silence ladder."""

import asyncio

import numpy as np
import pytest
from livekit.agents import Agent
from tests.unit.session.levels import RATE, Levels

from offhook import Call, People, Plan, Silence, goodbye, serve
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.tone_tts import ToneTts

LONG = "This is the front desk of the grand hotel, and this greeting is rather long, so that it can be interrupted."


def plan(_: Call) -> Plan:
    return Plan(
        agent=Agent(instructions="You are the front desk."),
        greeting=LONG,
        silence=Silence(goodbye("Goodbye.", after=6)),
        session={
            "stt": Levels(),
            "llm": RuleLLM(RULES),
            "tts": ToneTts(),
            "vad": None,
            "turn_handling": {"turn_detection": "stt"},
        },
        people=People(),
    )


RULES = RuleSet((Rule(r"Tuesday", Reply("Noted.")),), opening="", unknown="")
server = serve(plan)


async def joins(call: ScriptedCaller, identity: str) -> Line:
    line = Line()
    call._room.join(Person(identity, line))  # the kit has no second caller
    await asyncio.sleep(0)
    return line


async def says(line: Line, level: int = 1000) -> None:
    line.play(1.0, pcm=np.full(RATE, level, np.int16))
    await asyncio.sleep(1.0)


def test_a_second_person_interrupts_the_agent_and_is_answered() -> None:
    async def caller(call: ScriptedCaller) -> None:
        berta = await joins(call, "berta")
        await call.silent(1)
        await says(berta)
        await call.hears("Noted")
        await call.hangs_up()

    call = simulate(server, caller, models="own")
    assert call.said[0] != LONG
    assert LONG.startswith(call.said[0].rstrip("…"))
    assert call.said[1:] == ["Noted."]
    assert call.at("MessageCommitted")[0] < 2  # the first word interrupts


@pytest.mark.slow
def test_the_silence_ladder_counts_from_the_last_words_of_everybody() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears(LONG)
        berta = await joins(call, "berta")
        for _ in range(3):
            await call.silent(3)
            await says(berta)
        await call.hears("Noted")
        await call.ended()

    call = simulate(server, caller, models="own")
    assert call.reason == "silence"
    assert call.said == [LONG, "Noted.", "Noted.", "Noted.", "Goodbye."]
