"""The three tools, called by an LLM in a real session."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.llm import ToolError

from offhook.core.errors import OffhookError
from offhook.models.offline.rules import Reply, Rule
from offhook.session.ongoing import call_of
from offhook.session.tools import end_call, reset_context, update_instructions

PROMPT = "You are the front desk."
FAREWELL = "Thank you for calling. Goodbye."


def desk(*tools: Any) -> Agent:
    return Agent(instructions=PROMPT, tools=list(tools))


async def test_the_model_ends_the_call_once_with_its_farewell(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(end_call(goodbye="Bye.", scope="caller")))
    assert await phone.says("goodbye") == [FAREWELL]
    ended = await phone.ended
    assert (ended.reason, ended.detail) == ("agent_ended", "")
    assert [what.scope for _, what in edge.done] == ["caller"]
    assert edge.find("EndRequested").body == {
        "reason": "agent_ended",
        "goodbye": FAREWELL,
        "scope": "caller",
        "by": "tool end_call",
        "detail": "",
        "headers": [],
    }
    assert [r.body["text"] for r in edge.records if r.name == "MessageCommitted" and r.body["role"] == "assistant"] == [
        FAREWELL
    ]


async def test_after_ending_the_model_is_not_asked_again(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(end_call()))
    await phone.says("goodbye")
    await phone.ended
    await asyncio.sleep(60)
    assert [request[-1] for request in phone.desk.requests] == [("user", "goodbye")]


async def test_the_usual_goodbye_is_said_when_the_model_gives_none(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(end_call(goodbye="See you.")), Rule("^user:that is all", Reply(tool="end_call")))
    assert await phone.says("that is all") == ["See you."]
    assert (await phone.ended).reason == "agent_ended"
    assert edge.find("EndRequested").body["goodbye"] == "See you."


async def test_words_beside_the_tool_call_are_said_before_the_goodbye(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(end_call(goodbye="See you.")), Rule("^user:bye", Reply("One moment.", tool="end_call")))
    assert await phone.says("bye") == ["One moment.", "See you."]
    assert (await phone.ended).reason == "agent_ended"


async def test_a_model_that_said_goodbye_in_the_same_step_does_not_say_it_twice(pick_up: Any, edge: Any) -> None:
    rule = Rule("^user:bye", Reply("Have a nice day, bye bye!", tool="end_call"))
    phone = await pick_up(desk(end_call(goodbye="See you.")), rule)
    assert await phone.says("bye") == ["Have a nice day, bye bye!"]
    assert (await phone.ended).reason == "agent_ended"
    assert edge.find("LinePlayed").body == {"tag": "goodbye", "interrupted": False, "error": ""}


async def test_a_call_that_a_tool_and_code_end_is_ended_once(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(end_call()))
    edge.safe_takes = 30.0
    await phone.says("goodbye")
    phone.call.end("Bye.")
    assert (await phone.ended).reason == "agent_ended"
    assert edge.names().count("EndRequested") == 2
    assert (edge.names().count("HangUp"), len(edge.done)) == (1, 1)


async def test_a_model_is_not_asked_for_words_after_its_goodbye(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(end_call()))
    edge.safe_takes = 30.0
    await phone.says("goodbye")
    assert await phone.says("what did you say") == []
    assert (await phone.ended).reason == "agent_ended"


async def test_the_very_next_request_has_the_new_instructions(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(update_instructions()))
    assert await phone.says("please speak formally") == [
        "Certainly, dear guest. Very well. That is how I will speak from now on."
    ]
    whole = f"{PROMPT}\n\nBe formal."
    assert [request[0] for request in phone.desk.requests] == [("system", PROMPT), ("system", whole)]
    assert phone.desk.requests[1][-1] == ("output", "Done, from now on: Be formal.")
    assert edge.find("InstructionsChanged").body == {
        "text": "Be formal.",
        "append": True,
        "by": "tool update_instructions",
    }


async def test_instructions_may_be_replaced_and_replaced_again(pick_up: Any) -> None:
    phone = await pick_up(desk(update_instructions(replace=True)))
    await phone.says("please speak formally")
    await phone.says("please be brief")
    assert [request[0][1] for request in phone.desk.requests] == [PROMPT, "Be formal.", "Be formal.", "Be brief."]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("  ", "Nothing was changed: say in `instructions` what to do differently."),
        ("x" * 4001, "Nothing was changed: use at most 4000 characters."),
    ],
)
async def test_what_was_not_changed_is_told_to_the_model(pick_up: Any, edge: Any, text: str, error: str) -> None:
    change = Reply(tool="update_instructions", arguments={"instructions": text})
    phone = await pick_up(desk(update_instructions()), Rule("^user:change", change))
    assert await phone.says("change") == ["I am sorry, that did not work. Is there anything else?"]
    assert [request[0] for request in phone.desk.requests] == [("system", PROMPT)] * 2
    assert phone.desk.requests[1][-1] == ("failed", error)
    assert "InstructionsChanged" not in edge.names()


async def test_after_starting_over_the_model_sees_the_prompt_and_the_question(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(reset_context()))
    await phone.says("hello")
    assert await phone.says("start over") == ["Done. We start again. How can I help you?"]
    await phone.says("what are your opening hours")
    assert phone.desk.requests[-1] == [("system", PROMPT), ("user", "what are your opening hours")]
    assert edge.find("ContextReset").body == {"kept": 0, "by": "tool reset_context"}


async def test_starting_over_twice_is_no_different(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(reset_context()))
    for words in ("hello", "start over", "start over", "hello"):
        await phone.says(words)
    assert phone.desk.requests[-1] == [("system", PROMPT), ("user", "hello")]
    assert edge.names().count("ContextReset") == 2


async def test_the_answer_of_the_tool_itself_sees_a_whole_conversation(pick_up: Any) -> None:
    phone = await pick_up(desk(reset_context()))
    await phone.says("start over")
    assert [role for role, _ in phone.desk.requests[-1]] == ["system", "user", "call", "output"]


async def test_code_may_keep_the_last_items(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.says("hello")
    await phone.call.reset_context(keep=2)
    await phone.says("what time is it")
    answer = ("assistant", "Hello. How can I help you?")
    assert phone.desk.requests[-1] == [("system", PROMPT), ("user", "hello"), answer, ("user", "what time is it")]
    assert edge.find("ContextReset").body == {"kept": 2, "by": "code"}


async def test_instructions_that_were_changed_survive_starting_over(pick_up: Any) -> None:
    phone = await pick_up(desk(update_instructions(), reset_context()))
    for words in ("please speak formally", "start over", "hello"):
        await phone.says(words)
    assert phone.desk.requests[-1] == [("system", f"{PROMPT}\n\nBe formal."), ("user", "hello")]


async def test_a_failed_tool_is_on_record(pick_up: Any, edge: Any) -> None:
    @function_tool
    async def book(what: str, people: str) -> str:
        """Book."""
        raise ToolError(f"no {what} for {people}")

    phone = await pick_up(desk(book))
    assert await phone.says("a table for two") == ["I am sorry, that did not work. Is there anything else?"]
    assert (edge.find("ToolStarted").body["name"], edge.find("ToolEnded").body["status"]) == ("book", "error")


async def test_a_session_that_nobody_supervises_says_what_to_do() -> None:
    session: AgentSession[Any] = AgentSession()
    with pytest.raises(OffhookError, match=r"not supervised; use serve\(plan\), or `async with supervise\(ctx, ses"):
        call_of(session)


async def test_a_call_is_found_from_its_session(pick_up: Any) -> None:
    phone = await pick_up(desk())
    assert call_of(phone.session) is phone.call
    assert phone.call.call.caller.identity == "anna"
