"""A front desk whose tool awaits a task; in the task, the agent fills in a form with the caller."""

from typing import Any

from livekit.agents import Agent, AgentTask, RunContext, function_tool

from offhook.core.call import Call
from offhook.session.plan import Plan
from offhook.testing.drill.moment import happened
from offhook.worker.serve import serve

__all__ = ["server"]


class Form(AgentTask[str]):
    """Answers the caller until the model calls `finish`."""

    async def on_enter(self) -> None:
        happened()
        self.session.generate_reply()

    @function_tool
    async def finish(self) -> None:
        """End the form as soon as it is complete."""
        self.complete("complete")


class Desk(Agent):
    """Awaits the task `Form` in its tool."""

    @function_tool
    async def collect(self, ctx: RunContext[Any]) -> str:
        """Fill in the form with the caller."""
        return await Form(instructions="Fill in the form.", chat_ctx=ctx.session.history.copy())


def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one call."""
    return Plan(agent=Desk(instructions="You are the front desk."), greeting="Hello, this is the front desk.")


server = serve(plan)
