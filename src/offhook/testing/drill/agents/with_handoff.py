"""A front desk that hands off to the restaurant; the restaurant answers the caller's question."""

from typing import Any

from livekit.agents import Agent, RunContext, function_tool

from offhook.core.call import Call
from offhook.session.plan import Plan
from offhook.testing.drill.moment import happened
from offhook.worker.serve import serve

__all__ = ["server"]


class Restaurant(Agent):
    """Takes over the call and answers the question at once."""

    async def on_enter(self) -> None:
        self.session.generate_reply()


class Desk(Agent):
    """Hands the caller off to the restaurant."""

    @function_tool
    async def transfer(self, ctx: RunContext[Any]) -> Agent:
        """Hand the caller off to the restaurant."""
        happened()
        return Restaurant(instructions="You are the restaurant.", chat_ctx=ctx.session.history.copy())


def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one call."""
    return Plan(agent=Desk(instructions="You are the front desk."), greeting="Hello, this is the front desk.")


server = serve(plan)
