"""Ladder steps that act on a real session, and changes of the ladder during a call."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, function_tool

from offhook.core.facts import EndRequested
from offhook.core.ladder import Silence
from offhook.core.steps import ask, away, do, instruct, say, transfer
from offhook.session.ongoing import OngoingCall


def desk(*tools: Any) -> Agent:
    return Agent(instructions="You are the front desk.", tools=list(tools))


@pytest.mark.slow
async def test_a_function_is_called_with_the_call(pick_up: Any, edge: Any) -> None:
    met: list[OngoingCall] = []

    async def meet(call: OngoingCall) -> None:
        await asyncio.sleep(1)
        met.append(call)

    phone = await pick_up(desk(), silence=Silence(do(meet, after=5), do(met.append, after=2)))
    await asyncio.sleep(8.1)
    assert met == [phone.call, phone.call]
    assert [record.body for record in edge.records if record.name == "ActionDone"] == [
        {"tag": "silence", "error": "", "detail": ""}
    ] * 2
    first, second = (record.elapsed for record in edge.records if record.name == "RunFunction")
    assert round(second - first, 3) == 3.0  # 1 s in the function, 2 s in the ladder


async def test_a_function_that_raises_is_told_and_the_next_step_comes(pick_up: Any, edge: Any) -> None:
    def break_down(call: OngoingCall) -> None:
        raise LookupError("no such order")

    await pick_up(desk(), silence=Silence(do(break_down, after=5), away(after=2)))
    await asyncio.sleep(7.1)
    assert edge.find("ActionDone").body == {"tag": "silence", "error": "LookupError: no such order", "detail": ""}
    assert edge.records[-1].name == "CallerStateChanged"


async def test_a_function_that_hangs_is_let_go_with_the_call(pick_up: Any, edge: Any) -> None:
    async def hang(call: OngoingCall) -> None:
        await asyncio.Event().wait()

    phone = await pick_up(desk(), silence=Silence(do(hang, after=5)))
    await asyncio.sleep(6)
    phone.call.end()
    assert (await phone.ended).reason == "agent_ended"
    assert "ActionDone" not in edge.names()


async def test_instructions_are_added_to(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(), silence=Silence(instruct("Speak slowly.", after=5)))
    await asyncio.sleep(5.1)
    assert phone.session.current_agent.instructions == "You are the front desk.\n\nSpeak slowly."
    assert edge.find("InstructionsChanged").body["by"] == "silence"


async def test_a_transfer_is_refused_and_the_next_step_comes(pick_up: Any, edge: Any) -> None:
    await pick_up(desk(), silence=Silence(transfer("tel:+15105550100", after=5), away(after=1)))
    await asyncio.sleep(6.1)
    assert "UnsupportedError: this call has no room" in edge.find("ActionDone").body["error"]
    assert edge.records[-1].name == "CallerStateChanged"


async def test_before_there_is_a_session_nothing_can_be_done(supervisor: Any, edge: Any, pick_up: Any) -> None:
    await pick_up(desk(), silence=Silence(instruct("Speak slowly.", after=5)))
    supervisor.ports.actions = None
    await asyncio.sleep(5.1)
    assert edge.find("ActionDone").body["error"] == "there is no session yet"


async def test_the_model_calls_the_tool_that_the_step_names(pick_up: Any) -> None:
    called: list[str] = []

    @function_tool
    async def find_order() -> str:
        """Find the order."""
        called.append("find_order")
        return "On its way."

    phone = await pick_up(desk(find_order), silence=Silence(ask("Look their order up.", tool="find_order", after=5)))
    choices: list[object] = []
    chat = phone.desk.chat
    phone.desk.chat = lambda **asked: (choices.append(asked.get("tool_choice")), chat(**asked))[1]
    await asyncio.sleep(6)
    assert choices[0] == {"type": "function", "function": {"name": "find_order"}}


async def test_with_always_handlers_see_away_at_each_step(pick_up: Any) -> None:
    phone = await pick_up(desk(), silence=Silence(say("A?", after=5), say("B?", after=5), away="always"))
    seen: list[str] = []
    phone.session.on("user_state_changed", lambda event: seen.append(event.new_state))
    await asyncio.sleep(12)
    assert seen.count("away") == 2


async def test_another_ladder_for_a_while(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(), silence=Silence(say("Still there?", after=8)))
    with phone.call.silence_while(Silence(say("Take your time.", after=30)), by="form"):
        await asyncio.sleep(29)
        assert "Say" not in edge.names()
    await asyncio.sleep(8.1)
    assert [record.body["text"] for record in edge.records if record.name == "Say"] == ["Still there?"]
    assert [record.body["by"] for record in edge.records if record.name == "SilenceChanged"] == ["form", "form"]


async def test_the_ladder_waits_while_the_caller_is_on_hold(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(), silence=Silence(away(after=8)))
    phone.call.pause("hold")
    await asyncio.sleep(200)
    assert "MarkAway" not in edge.names()
    phone.call.resume("hold")
    await asyncio.sleep(8.1)
    assert edge.find("MarkAway").elapsed == 208.0


async def test_nothing_is_done_once_the_call_ends(pick_up: Any, edge: Any, supervisor: Any) -> None:
    phone = await pick_up(desk(), silence=Silence(do(print, after=5)))
    edge.line_takes = 20.0
    supervisor.post(EndRequested("command"))
    await phone.ended
    assert "RunFunction" not in edge.names()
