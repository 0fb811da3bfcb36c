"""`forget` in a task, with OpenAI's plugins: no later request has the words or an incomplete tool call."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from livekit.agents import Agent, AgentTask, ChatContext, RunContext, function_tool

from offhook.session.ongoing import call_of
from offhook.testing.sandbox import Answer, Asked

from .provided import EVERY, Desk, failures, play, system, told
from .test_session_renewal import like

pytestmark = pytest.mark.slow

SECRET = "47x11"


def immutable(url: str) -> Any:
    """Model that declares an immutable context, so LiveKit opens a new session for another context."""
    model = like("aws")(url)
    model.capabilities.mutable_chat_context = False
    return model


MAKES = {**EVERY, "rigid": like("aws"), "immutable": immutable}


class Card(AgentTask[str]):
    def __init__(self, context: ChatContext) -> None:
        super().__init__(instructions="Take a card.", chat_ctx=context)

    @function_tool
    async def take(self, ctx: RunContext[Any], number: str) -> str:
        """Take the card."""
        await call_of(ctx).forget()
        self.complete("paid")
        return f"Taken: {number}"


class Front(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="Front desk.")

    @function_tool
    async def pay(self, amount: str) -> str:
        """Pay."""
        await Card(self.chat_ctx)
        return "The payment is made."


def answers(asked: Asked) -> Answer | str:
    last = asked.lines[-1]
    if last.role == "user" and "pay" in last.text and "pay" in asked.tools:
        return Answer(tool="pay", arguments={"amount": f"{SECRET} euros"})
    if last.role == "user" and "card" in last.text and "take" in asked.tools:
        return Answer(tool="take", arguments={"number": SECRET})
    return "It is done." if last.role == "result" else f"Answer to {last.text}"


@pytest.mark.parametrize("model", MAKES)
def test_a_task_that_forgets_leaves_nothing_to_the_agent_that_awaits_it(edge: Any, model: str) -> None:
    async def scene(now: Desk) -> None:
        await now.says(f"hello, it is {SECRET}")
        await now.says("pay please")
        await now.says(f"my card is {SECRET}")
        await asyncio.sleep(30)
        await now.says("what time is it")
        await asyncio.sleep(1)
        assert now.shown[0] == system("Front desk.")
        assert ("result", "The payment is made.") in now.shown
        assert ("user", "what time is it") in now.shown
        taken = max(at for at, asked in enumerate(now.asked) if ("result", f"Taken: {SECRET}") in told(asked.lines))
        assert [SECRET in str(asked.lines) for asked in now.asked[taken + 1 :]] == [False] * 2
        assert SECRET not in str(now.session.history.to_dict())
        assert edge.names().count("SpeechRedacted") == 1
        assert all(
            one.role != "result" or two.role == "call"
            for asked in now.asked[taken + 1 :]
            for two, one in pairwise(asked.lines)
        )
        assert failures(edge) == []
        await now.call.forget()
        await now.says("hello")
        assert now.shown == [system("Front desk."), ("user", "hello")]

    play(scene, Front(), edge=edge, make=MAKES[model], brain=answers)
