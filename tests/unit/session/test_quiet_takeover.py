"""A person in the room takes over: what they say is transcribed, and the model is told when the agent is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, stt

from offhook.core.facts import CallerLeft
from offhook.engine.supervisor import Supervisor
from offhook.session.context.editor import ContextEditor
from offhook.session.quiet.quiet import Quiet
from offhook.testing.simulation.people import Person
from offhook.testing.simulation.room import SimulatedRoom
from offhook.testing.simulation.sounds import Line
from offhook.testing.simulation.tracks import AudioStream

from .levels import RATE, Levels

BEGINNING = "Meanwhile a colleague talked with the caller, and you were silent. They said, in this order:"


class Party:
    """A room with the caller, and a session whose agent can be made quiet."""

    def __init__(self, phone: Any, supervisor: Supervisor) -> None:
        self.phone, self.room = phone, SimulatedRoom("room", "agent")
        self.room.connection_state = rtc.ConnectionState.CONN_CONNECTED
        self.caller = self.joins("anna")

        async def nothing_recorded() -> bool:
            return True

        self.quiet = Quiet(
            phone.session,
            lambda: self.room,  # type: ignore[arg-type, return-value]  # the room of the simulation
            supervisor.post,
            evidence=phone.call.taps.evidence,
            context=ContextEditor(phone.session, supervisor.post, nothing_recorded),
            caller=lambda: "anna",
        )
        supervisor.sinks.append(self.quiet)

    def joins(self, identity: str, kind: int = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD) -> Line:
        line = Line()
        self.room.join(Person(identity, line, kind=kind))
        return line

    async def says(self, line: Line, level: int) -> None:
        line.play(1.0, pcm=np.full(RATE, level, np.int16))
        await asyncio.sleep(2.5)

    def told(self) -> list[str]:
        """The system messages that the model has got."""
        items = self.phone.session.current_agent.chat_ctx.items
        return [item.text_content for item in items if item.type == "message" and item.role == "system"][1:]


@pytest.fixture
async def party(pick_up: Callable[..., Awaitable[Any]], supervisor: Supervisor) -> Any:
    async def begun(recogniser: stt.STT[str]) -> Party:
        return Party(await pick_up(Agent(instructions="You are the desk.", stt=recogniser)), supervisor)

    with mock.patch.object(rtc, "AudioStream", AudioStream):
        yield begun


async def test_the_model_is_told_who_said_what_in_order(party: Any) -> None:
    now = await party(Levels())
    colleague = now.joins("berta")
    assert await now.quiet.begin("takeover", by="ops") == ""
    await now.says(colleague, 1000)
    await now.phone.says("yes please")
    now.joins("robot", rtc.ParticipantKind.PARTICIPANT_KIND_AGENT).play(1.0, pcm=np.full(RATE, 3000, np.int16))
    later = now.joins("sip_carl", rtc.ParticipantKind.PARTICIPANT_KIND_SIP)
    await now.says(later, 2000)
    await now.says(now.caller, 4000)
    assert now.told() == []
    assert await now.quiet.end(by="ops") == ""
    said = (
        "a colleague (berta): I book Tuesday for you.",
        "the caller: yes please",
        "a colleague (sip_carl): At noon.",
    )
    assert now.told() == ["\n".join((BEGINNING, *said))]
    await now.says(colleague, 3000)
    assert len(now.told()) == 1


async def test_the_last_words_before_the_end_follow_in_a_second_message(party: Any) -> None:
    now = await party(Levels())
    colleague = now.joins("berta")
    await now.quiet.begin("takeover")
    await now.says(colleague, 1000)
    colleague.play(1.0, pcm=np.full(RATE, 3000, np.int16))
    await asyncio.sleep(0.9)
    await now.quiet.end()
    await asyncio.sleep(2)
    assert now.told()[1:] == ["Before you came back, they also said:\na colleague (berta): Goodbye."]


@pytest.mark.parametrize(("mode", "context"), [("takeover", False), ("mute", True)])
async def test_without_context_and_without_a_takeover_nobody_else_is_transcribed(
    party: Any, mode: str, context: bool
) -> None:
    now = await party(Levels())
    colleague = now.joins("berta")
    await now.quiet.begin(mode, context=context)
    await now.says(colleague, 1000)
    await now.quiet.end()
    assert now.told() == []


async def test_a_broken_stt_is_recorded_and_the_takeover_goes_on(party: Any, edge: Any) -> None:
    now = await party(Levels(breaks=True))
    now.joins("berta")
    await now.quiet.begin("takeover")
    await asyncio.sleep(60)
    assert edge.find("ActionFailed").body["what"] == "transcribe berta"
    assert await now.quiet.end() == ""
    assert now.told() == []


async def test_without_an_stt_the_detail_says_that_the_colleague_is_not_transcribed(
    pick_up: Callable[..., Awaitable[Any]], supervisor: Supervisor
) -> None:
    now = Party(await pick_up(Agent(instructions="You are the desk.")), supervisor)
    assert await now.quiet.begin("takeover") == (
        "there is no STT that could transcribe the colleague, so the model does not get what was said"
    )
    assert await now.quiet.end() == ""


async def test_what_was_said_is_in_the_journal_when_the_caller_leaves_in_the_takeover(
    party: Any, edge: Any, supervisor: Supervisor
) -> None:
    now = await party(Levels())
    colleague = now.joins("berta")
    await now.quiet.begin("takeover")
    await now.says(colleague, 1000)
    supervisor.post(CallerLeft("client_initiated"))
    await asyncio.sleep(5)
    assert "I book Tuesday" in edge.find("MessageAdded").body["text"]
    assert now.quiet.mode is None
