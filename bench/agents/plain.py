"""A worker with the models that the settings select. The benchmark measures the worker before its first call."""

from livekit.agents import Agent

from bench.agents import NAMES, PLAIN
from offhook import Call, Plan, end_call, serve


async def plan(call: Call) -> Plan:  # noqa: ARG001  # every call has the same plan
    """Plan one call."""
    return Plan(agent=Agent(instructions="You are measured.", tools=[end_call()]), greeting="Hello.")


server = serve(plan, agent_name=NAMES[PLAIN], port=0)
