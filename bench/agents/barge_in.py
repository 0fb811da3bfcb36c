"""The agent of the barge-in benchmark, with offhook. Callers interrupt this agent."""

from livekit.agents import Agent

from bench.agents import BARGE_IN, NAMES
from bench.barge_in_models import STORY, models, report_interruptions
from offhook import Call, OngoingCall, Plan, serve
from offhook.facts import SessionStarted


async def started(_: SessionStarted, ongoing: OngoingCall) -> None:
    """From now on, send the caller a packet for each interruption of the agent's speech."""
    report_interruptions(ongoing.session)


async def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """Plan one measured call."""
    turns = {"turn_detection": "vad", "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}
    return Plan(
        agent=Agent(instructions="You are measured."),
        greeting=STORY,
        session={**models(), "turn_handling": turns},
        on={SessionStarted: started},
    )


server = serve(plan, agent_name=NAMES[BARGE_IN], port=0)
