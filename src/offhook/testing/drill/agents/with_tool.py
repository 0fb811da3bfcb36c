"""A front desk whose lookup tool takes three seconds."""

import asyncio

from livekit.agents import Agent, function_tool

from offhook.core.call import Call
from offhook.session.plan import Plan
from offhook.testing.drill.moment import happened
from offhook.worker.serve import serve

__all__ = ["server"]


class Desk(Agent):
    """Has a slow tool."""

    @function_tool
    async def look_up(self) -> str:
        """Look up what the caller wants to know."""
        happened()
        await asyncio.sleep(3)
        return "found"


def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one call."""
    return Plan(agent=Desk(instructions="You are the front desk."), greeting="Hello, this is the front desk.")


server = serve(plan)
