"""After `forget`, no later LLM request has the earlier conversation, whichever agent talks or copied a context."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, AgentTask, ChatContext, RunContext, beta, function_tool

from offhook.models.offline.rules import Reply, Rule
from offhook.session.ongoing import call_of

SECRET = "47x11"
RULES = [
    Rule("^user:pay", Reply(tool="pay", arguments={"amount": f"{SECRET} euros"})),
    Rule("^user:my card", Reply(tool="take", arguments={"number": SECRET})),
    Rule("^user:over", Reply(tool="hand_over", arguments={"why": SECRET})),
    Rule("^tool:", Reply("It is done.")),
]
OUTCOMES: list[str] = []


class Card(AgentTask[str]):
    """Agent that takes a card number and calls `forget`."""

    def __init__(self, context: ChatContext | None = None) -> None:
        super().__init__(instructions="Take a card.", chat_ctx=context or ChatContext.empty())

    @function_tool
    async def take(self, ctx: RunContext[Any], number: str) -> str:
        """Take the card."""
        OUTCOMES.append(await call_of(ctx).forget())
        self.complete("paid")
        return f"Taken: {number}"


class Front(Agent):
    def __init__(self, task: Any = Card) -> None:
        super().__init__(instructions="Front desk.")
        self.task = task

    @function_tool
    async def pay(self, amount: str) -> str:
        """Pay."""
        await self.task(self.chat_ctx)
        return "The payment is made."

    @function_tool
    async def hand_over(self, why: str) -> Agent:
        """Hand over."""
        return Agent(instructions="Kitchen.", chat_ctx=self.chat_ctx)


def group(context: ChatContext) -> Any:
    both = beta.workflows.TaskGroup(chat_ctx=context)
    both.add(Card, id="card", description="Takes a card")
    return both


def said(request: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [line for line in request if SECRET in line[1] or "card" in line[1] or "Hello" in line[1]]


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    OUTCOMES.clear()


@pytest.mark.parametrize("task", [Card, lambda _: Card(), group], ids=["copied", "empty", "group"])
async def test_a_task_that_forgets_leaves_nothing_to_the_agent_that_awaits_it(
    pick_up: Any, edge: Any, task: Any
) -> None:
    phone = await pick_up(Front(task), *RULES)
    await phone.says("hello, it is 47x11")
    await phone.says("pay please")
    await phone.says("my card is 47x11")
    await asyncio.sleep(5)
    await phone.says("what time is it")
    before = next(at for at, request in enumerate(phone.desk.requests) if ("output", f"Taken: {SECRET}") in request)
    later = phone.desk.requests[before + 1 :]
    assert OUTCOMES == ["deferred"]
    assert ("output", "The payment is made.") in phone.desk.requests[-1]
    assert [said(request) for request in later] == [[] for _ in later]
    assert len(later) >= 2
    assert all(SECRET not in str(agent.chat_ctx.to_dict()) for agent in (phone.session.current_agent,))
    assert SECRET not in str(phone.session.history.to_dict())
    assert edge.names().count("SpeechRedacted") == 1


async def test_an_agent_that_was_given_a_copy_by_a_handoff_has_nothing_of_it(pick_up: Any) -> None:
    phone = await pick_up(Front(), *RULES)
    await phone.says("hello, it is 47x11")
    copies = [Agent(instructions="Bar.", chat_ctx=phone.session.current_agent.chat_ctx)]
    await phone.says("over to the kitchen please")
    await phone.says("hello, 47x11 again")
    assert await phone.call.forget() == "done"
    front = phone.session.current_agent
    for agent in (*copies, Agent(instructions="Cellar.", chat_ctx=phone.session.history), front):
        phone.session.update_agent(agent)
        await asyncio.sleep(1)
        await phone.says("what time is it")
    assert [SECRET in str(request) for request in phone.desk.requests[-3:]] == [False] * 3


async def test_a_tool_that_forgets_and_hands_over_gives_nothing_to_the_next_agent(pick_up: Any) -> None:
    class Forgetful(Front):
        @function_tool
        async def hand_over(self, ctx: RunContext[Any], why: str) -> Agent:
            """Hand over."""
            OUTCOMES.append(await call_of(ctx).forget())
            return Agent(instructions="Kitchen.", chat_ctx=self.chat_ctx)

    phone = await pick_up(Forgetful(), *RULES)
    await phone.says("hello, it is 47x11")
    await phone.says("over to the kitchen please")
    await asyncio.sleep(1)
    await phone.says("what time is it")
    assert OUTCOMES == ["deferred"]
    assert phone.desk.requests[-1] == [("system", "Kitchen."), ("user", "what time is it")]


async def test_what_is_said_later_stays_also_when_it_is_forgotten_twice(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Front(), *RULES)
    await phone.says("hello, it is 47x11")
    await phone.call.forget()
    await phone.says("my name is Ada")
    await phone.says("what time is it")
    assert ("user", "my name is Ada") in phone.desk.requests[-1]
    await phone.call.forget()
    await phone.says("my name is Eve")
    await phone.says("what time is it")
    assert [line for line in phone.desk.requests[-1] if line[0] in ("system", "user")] == [
        ("system", "Front desk."),
        ("user", "my name is Eve"),
        ("user", "what time is it"),
    ]
    assert edge.names().count("SpeechRedacted") == 2


async def test_the_call_of_a_tool_that_still_runs_is_shown_without_its_arguments(pick_up: Any) -> None:
    phone = await pick_up(Front(), *RULES)
    await phone.says("pay please")
    await phone.says("my card is 47x11")
    await asyncio.sleep(5)
    calls = [item for item in phone.session.current_agent.chat_ctx.items if item.type == "function_call"]
    assert [(call.name, call.arguments) for call in calls] == [("pay", "{}")]
    assert [
        item.name for item in phone.session.current_agent.chat_ctx.items if item.type == "function_call_output"
    ] == ["pay"]
    assert [item.arguments for item in phone.session.history.items if item.type == "function_call"] == ["{}"]


async def test_an_answer_that_goes_on_is_forgotten_too_for_it_knew_what_was_said(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Front(), *RULES)
    phone.desk.delay = 2.0
    answering = asyncio.create_task(phone.says("hello, it is 47x11"))
    await asyncio.sleep(1)
    assert await phone.call.forget() == "deferred"
    assert SECRET not in str(phone.session.history.to_dict())
    await answering
    await asyncio.sleep(1)
    await phone.says("what time is it")
    assert phone.desk.requests[-1] == [("system", "Front desk."), ("user", "what time is it")]
    assert edge.names().count("SpeechRedacted") == 1


async def test_it_is_told_only_once_the_journal_is_clean_and_meanwhile_that_it_is_not(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Front(), *RULES)
    await phone.says("hello, it is 47x11")
    edge.redact_takes = 60.0
    words = len(edge.records)
    assert await phone.call.forget(by="code") == "deferred"
    assert edge.find("ActionFailed").body["error"].startswith("the words are still in the journal's files")
    assert "SpeechRedacted" not in edge.names()
    await asyncio.sleep(60)
    assert edge.find("SpeechRedacted").body == {"by": "code"}
    assert edge.redacted == [words + 1]
