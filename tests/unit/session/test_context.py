"""Changes of instructions and context during a call; the next LLM request has them."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, function_tool

from offhook.core.errors import OffhookError
from offhook.models.offline.rules import Reply, Rule
from offhook.session.ongoing import OngoingCall, call_of

PROMPT = "You are the front desk."
HELLO = ("assistant", "Hello. How can I help you?")
CALLS = Rule("^user:look", Reply(tool="look"))


def desk(*tools: Any) -> Agent:
    return Agent(instructions=PROMPT, tools=list(tools))


def looking(work: Any) -> Any:
    @function_tool
    async def look() -> str:
        """Look something up."""
        await work()
        return "Nothing there."

    return look


async def test_instructions_are_restored(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.instruct("Be formal.", append=True)
    await phone.call.instruct("Be brief.", append=True)
    await phone.says("hello")
    await phone.call.restore_instructions()
    await phone.says("hello")
    assert [request[0][1] for request in phone.desk.requests] == [f"{PROMPT}\n\nBe formal.\n\nBe brief.", PROMPT]
    assert edge.records[-1].name != "ActionFailed"


async def test_what_was_never_changed_needs_no_restoring(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.restore_instructions()
    assert "InstructionsChanged" not in edge.names()


async def test_sticky_instructions_follow_a_handoff_and_others_do_not(pick_up: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.instruct("Speak German.", append=True, sticky=True)
    await phone.call.instruct("Be brief.", append=True)
    phone.session.update_agent(Agent(instructions="You are the kitchen."))
    await asyncio.sleep(0.1)
    await phone.says("hello")
    assert phone.desk.requests[-1][0] == ("system", "You are the kitchen.\n\nSpeak German.")


async def test_restored_instructions_stick_no_longer(pick_up: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.instruct("Speak German.", sticky=True)
    await phone.call.restore_instructions()
    phone.session.update_agent(Agent(instructions="You are the kitchen."))
    await asyncio.sleep(0.1)
    await phone.says("hello")
    assert phone.desk.requests[-1][0] == ("system", "You are the kitchen.")


async def test_sticky_instructions_that_replace_leave_nothing_of_earlier_ones(pick_up: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.instruct("Speak German.", append=True, sticky=True)
    await phone.call.instruct("You sell shoes.", sticky=True)
    phone.session.update_agent(Agent(instructions="You are the kitchen."))
    await asyncio.sleep(0.1)
    await phone.says("hello")
    assert phone.desk.requests[-1][0] == ("system", "You sell shoes.")


async def test_tool_calls_can_be_dropped_from_what_is_kept(pick_up: Any) -> None:
    async def nothing() -> None:
        """Find nothing."""

    phone = await pick_up(desk(looking(nothing)), CALLS)
    await phone.says("hello")
    await phone.says("look")
    await phone.call.reset_context(keep=10, tools=False)
    await phone.says("hello")
    assert [role for role, _ in phone.desk.requests[-1]] == ["system", "user", "assistant", "user", "assistant", "user"]


async def test_a_tool_that_clears_the_context_leaves_no_orphan(pick_up: Any, edge: Any) -> None:
    calls: list[OngoingCall] = []
    answers: list[str] = []

    async def clear() -> None:
        answers.append(await calls[0].reset_context())

    phone = await pick_up(desk(looking(clear)), CALLS)
    calls.append(phone.call)
    await phone.says("hello")
    await phone.says("look")
    assert [role for role, _ in phone.desk.requests[-1]][-2:] == ["call", "output"]
    await phone.says("hello")
    assert (answers, phone.desk.requests[-1]) == (["deferred"], [("system", PROMPT), ("user", "hello")])
    assert edge.names().count("ContextReset") == 1


async def test_a_message_is_added_without_a_word(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.add_message("The caller's name is Ada.", by="crm")
    await asyncio.sleep(1)
    assert phone.desk.requests == []
    await phone.says("hello")
    assert phone.desk.requests[-1] == [("system", PROMPT), ("system", "The caller's name is Ada."), ("user", "hello")]
    assert edge.find("MessageAdded").body == {"role": "system", "text": "The caller's name is Ada.", "by": "crm"}


async def test_a_message_is_answered_when_that_is_asked_for(pick_up: Any) -> None:
    phone = await pick_up(desk())
    await phone.call.add_message("hello", role="user", answer=True)
    await asyncio.sleep(1)
    assert phone.desk.requests == [[("system", PROMPT), ("user", "hello")]]
    assert phone.session.history.messages()[-1].text_content == HELLO[1]


async def test_history_and_journal_keep_what_the_model_no_longer_sees(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.says("hello")
    assert await phone.call.reset_context() == "done"
    assert [message.text_content for message in phone.session.history.messages()] == ["hello", HELLO[1]]
    assert [record.body["text"] for record in edge.records if record.name == "MessageCommitted"] == ["hello", HELLO[1]]


async def test_what_is_forgotten_is_in_no_history(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.says("hello")
    await phone.call.forget(by="caller")
    assert phone.session.history.messages() == []
    await phone.says("what time is it")
    assert phone.desk.requests[-1] == [("system", PROMPT), ("user", "what time is it")]
    assert edge.find("SpeechRedacted").body == {"by": "caller"}


async def test_during_a_goodbye_the_context_can_be_changed(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.says("hello")
    phone.call.end("Goodbye.")
    await phone.call.reset_context()
    await phone.call.instruct("Be formal.")
    assert (await phone.ended).reason == "agent_ended"
    assert edge.find("ContextReset").body["kept"] == 0


@pytest.mark.parametrize("text", ["", " \n", "x" * 200_001])
async def test_impossible_texts_change_nothing(pick_up: Any, edge: Any, text: str) -> None:
    phone = await pick_up(desk())
    for change in (phone.call.instruct, phone.call.add_message):
        with pytest.raises(OffhookError, match=r"1 to 200000 characters, not \d+; nothing was changed$"):
            await change(text)
    await phone.says("hello")
    assert phone.desk.requests == [[("system", PROMPT), ("user", "hello")]]


async def test_less_than_nothing_cannot_be_kept(pick_up: Any) -> None:
    phone = await pick_up(desk())
    with pytest.raises(OffhookError, match=r"reset_context\(keep=-1\): give 0 or more items to keep"):
        await phone.call.reset_context(keep=-1)


async def test_tools_reach_all_of_it(pick_up: Any) -> None:
    phone = await pick_up(desk())
    assert call_of(phone.session) is phone.call
