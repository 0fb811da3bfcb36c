"""A front desk whose turn hook takes three seconds before the answer to the second question."""

import asyncio

from livekit.agents import Agent, ChatContext, ChatMessage

from offhook.core.call import Call
from offhook.session.plan import Plan
from offhook.testing.drill.moment import happened
from offhook.worker.serve import serve

__all__ = ["server"]


class Desk(Agent):
    """Waits three seconds in its hook if the caller asks for a table."""

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:  # noqa: ARG002  # LiveKit's signature
        if "table" in (new_message.text_content or ""):
            happened()
            await asyncio.sleep(3)


def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one call."""
    return Plan(agent=Desk(instructions="You are the front desk."), greeting="Hello, this is the front desk.")


server = serve(plan)
