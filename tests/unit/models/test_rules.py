"""The rule-based LLM, alone and inside a real session."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from livekit.agents import Agent, AgentSession, function_tool, llm

from offhook.models.offline.front_desk import FRONT_DESK, front_desk
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet

ALL = {"end_call", "update_instructions", "reset_context", "book"}
DESK = "You are the front desk."


def context(*said: str, instructions: str = DESK) -> llm.ChatContext:
    chat = llm.ChatContext.empty()
    chat.add_message(role="system", content=instructions)
    for line in said:
        role, _, text = line.partition(":")
        chat.add_message(role=role, content=text)
    return chat


def after(tool: str, output: str, *, failed: bool = False) -> llm.ChatContext:
    chat = context("user:go")
    chat.items.append(llm.FunctionCall(call_id="1", name=tool, arguments="{}"))
    chat.items.append(llm.FunctionCallOutput(call_id="1", name=tool, output=output, is_error=failed))
    return chat


def answer(*said: str, tools: set[str] = ALL, instructions: str = DESK) -> Reply:
    return front_desk().decide(context(*said, instructions=instructions), tools)


@pytest.mark.parametrize("chat", [llm.ChatContext.empty(), context()])
def test_an_empty_conversation_gets_the_opening(chat: llm.ChatContext) -> None:
    assert front_desk().decide(chat, ALL) == Reply("Hello, this is the front desk. How can I help you?")


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("hello", "Hello. How can I help"),
        ("what are your opening hours", "The front desk is open day and night."),
        ("can you repeat that please", "I said: Nothing yet."),
        ("yes i am still here", "Good."),
        ("wait one more thing", "Of course."),
        ("we would need three rooms", "Gladly."),
        ("thank you", "You are welcome."),
        ("purple monkey dishwasher", "I am sorry, I did not understand that. I can tell you the opening hours"),
    ],
)
def test_callers_are_answered(said: str, begins: str) -> None:
    assert answer(f"user:{said}").text.startswith(begins)


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("goodbye", "end_call", {"farewell": "Thank you for calling. Goodbye."}),
        ("Thank you, goodbye.", "end_call", {"farewell": "Thank you for calling. Goodbye."}),
        ("hang up", "end_call", {"farewell": "Thank you for calling. Goodbye."}),
        ("please start over", "reset_context", {}),
        ("forget what i said", "reset_context", {}),
        ("please answer more formally", "update_instructions", {"instructions": "Be formal."}),
        ("please speak normally again", "update_instructions", {"instructions": "Speak normally."}),
        ("we are two people", "book", {"what": "table", "people": "two"}),
        ("i would like to book a table for two people", "book", {"what": "table", "people": "two"}),
        ("book a room for to", "book", {"what": "room", "people": "two"}),
    ],
)
def test_wishes_become_tool_calls(said: str, tool: str, arguments: dict[str, str]) -> None:
    assert answer(f"user:{said}") == Reply("", tool, arguments)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("goodbye", "Thank you for calling. Goodbye."),
        ("start over", "I cannot forget what was said on this call."),
        ("speak like a pirate", "I cannot change how I speak on this call."),
        (
            "a table for two",
            "I cannot book from here, but I have noted a table for two. A colleague will call you back.",
        ),
    ],
)
def test_a_missing_tool_is_told_truthfully(said: str, text: str) -> None:
    assert answer(f"user:{said}", tools=set()) == Reply(text)


def test_a_missing_tool_without_words_of_its_own_is_named() -> None:
    rules = RuleLLM(RuleSet([Rule("^user:x", Reply(tool="fly"))], opening="", unknown=""))
    assert rules.decide(context("user:x"), set()).text == "I cannot do that on this call: I do not have the tool fly."


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        ("Offer to call back.", "Shall we call you back later?"),
        ("Ask whether the caller is still there.", "Are you still there?"),
        ("Greet the caller.", "Hello, this is the front desk. How can I help you?"),
        ('Say: "Please hold."', "Please hold."),
        ("Say goodbye.", "Thank you for calling. Goodbye."),
        ("Whatever this is.", "How can I help you?"),
    ],
)
def test_instructions_for_one_reply_are_followed(decision: str, text: str) -> None:
    assert answer("user:hello", "assistant:Hello.", f"system:{decision}") == Reply(text)


def test_the_last_answer_is_repeated() -> None:
    assert answer("user:hi", "assistant:We open at noon.", "user:repeat that").text == "I said: We open at noon."


def test_the_time_is_told() -> None:
    rules = RuleLLM(FRONT_DESK, now=lambda: datetime(2026, 1, 1, 14, 5, tzinfo=UTC))
    assert rules.decide(context("user:what time is it"), set()).text == "It is 2:05 PM."


@pytest.mark.parametrize(
    ("instructions", "text"),
    [
        ("Be formal.", "Certainly, dear guest. Good. How can I help you?"),
        ("Be brief.", "Good."),
        ("Speak like a pirate.", "Arr, matey! Good. How can I help you?"),
        ("Be informal.", "Good. How can I help you?"),
        ("Be formal. Be brief.", "Good."),
        ("Be brief. Be formal. Speak normally.", "Good. How can I help you?"),
    ],
)
def test_the_current_instructions_are_heard_in_every_answer(instructions: str, text: str) -> None:
    assert answer("user:i am still here", instructions=instructions).text == text


@pytest.mark.parametrize(
    ("tool", "output", "failed", "text"),
    [
        ("book", "Booked for two.", False, "Booked for two."),
        ("book", "", False, "Done."),
        ("book", "no table", True, "I am sorry, that did not work. Is there anything else?"),
        ("end_call", "", False, ""),
        ("update_instructions", "ok", False, "Very well. That is how I will speak from now on."),
        ("reset_context", "ok", False, "Done. We start again. How can I help you?"),
    ],
)
def test_tool_results_are_told(tool: str, output: str, failed: bool, text: str) -> None:
    assert front_desk().decide(after(tool, output, failed=failed), ALL) == Reply(text)


def test_braces_in_what_the_caller_says_are_harmless() -> None:
    assert answer("user:{last} {0} hello {").text == "Hello. How can I help you?"


async def chunks(rules: RuleLLM, chat: llm.ChatContext, **options: object) -> Sequence[llm.ChatChunk]:
    async with rules.chat(chat_ctx=chat, **options) as stream:
        return [chunk async for chunk in stream]


async def test_usage_comes_last() -> None:
    *_, last = await chunks(front_desk(), context("user:yes i am still here"))
    assert last.usage == llm.CompletionUsage(completion_tokens=6, prompt_tokens=10, total_tokens=16)


async def test_a_pace_streams_word_by_word() -> None:
    said = await chunks(RuleLLM(FRONT_DESK, delay=0.001, words_per_second=10_000), context("user:thank you"))
    assert [chunk.delta.content for chunk in said if chunk.delta] == [
        *("You ", "are ", "welcome. ", "Is ", "there ", "anything ", "else?")
    ]


@function_tool
async def book(what: str, people: str) -> str:
    """Book a table or a room."""
    return f"A {what} for {people} is booked."


async def test_tool_choice_none_calls_no_tool() -> None:
    said = await chunks(front_desk(), context("user:table for two"), tools=[book], tool_choice="none")
    assert [chunk.delta.tool_calls for chunk in said if chunk.delta] == [[]]


async def test_a_session_runs_a_tool_and_tells_its_result() -> None:
    async with AgentSession(llm=front_desk()) as session:
        await session.start(Agent(instructions=DESK, tools=[book]))
        result = await session.run(user_input="I would like to book a table for two people.")
    call = result.expect.next_event().is_function_call(name="book")
    assert json.loads(call.event().item.arguments) == {"what": "table", "people": "two"}
    result.expect.next_event().is_function_call_output(output="A table for two is booked.")
    assert result.expect.next_event().is_message(role="assistant").event().item.text_content == (
        "A table for two is booked."
    )
    result.expect.no_more_events()


async def test_new_instructions_are_heard_in_the_same_session() -> None:
    async with AgentSession(llm=front_desk()) as session:
        agent = Agent(instructions=DESK)
        await session.start(agent)
        await agent.update_instructions("Be formal.")
        result = await session.run(user_input="I am still here")
    message = result.expect.next_event().is_message(role="assistant").event().item
    assert message.text_content == "Certainly, dear guest. Good. How can I help you?"


async def test_a_session_can_open_the_call_and_ask_for_one_reply() -> None:
    async with AgentSession(llm=front_desk()) as session:
        await session.start(Agent(instructions=DESK))
        await session.generate_reply()
        await session.generate_reply(instructions="Offer to call back.")
        said = [item.text_content for item in session.history.messages() if item.role == "assistant"]
    assert said == ["Hello, this is the front desk. How can I help you?", "Shall we call you back later?"]
