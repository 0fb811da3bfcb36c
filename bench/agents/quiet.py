"""An agent for noisy calls with offhook's silence ladder: two questions, then a goodbye."""

from livekit.agents import Agent

from offhook import Call, Plan, Silence, goodbye, repeat, say, serve

__all__ = ["AFTER", "BYE", "HOLD", "QUESTION"]

AFTER, HOLD = 4.0, 6.0
QUESTION = "Are you still there?"
BYE = "I will hang up now. Goodbye."


async def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one call."""
    ladder = Silence(repeat(2, say(QUESTION, after=AFTER)), goodbye(BYE, after=AFTER), hold=HOLD)
    return Plan(agent=Agent(instructions="You are measured."), greeting="Hello.", silence=ladder)


server = serve(plan)
