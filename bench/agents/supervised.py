"""The measured agent with offhook; the dispatch metadata may set the steps of its silence ladder."""

from livekit.agents import Agent

from bench.agents import NAMES, SUPERVISED
from bench.clips import GOODBYE, GREETING, PROMPT
from bench.models import session_options
from offhook import Call, Plan, Silence, end_call, say, serve


async def plan(call: Call) -> Plan:
    """Plan one measured call. Without steps in the metadata, the silence ladder has one step after 60 s, which no
    measured call reaches.
    """
    steps, after = int(str(call.data.get("steps", 1))), float(str(call.data.get("after", 60)))
    return Plan(
        agent=Agent(instructions="You are measured.", tools=[end_call(goodbye=GOODBYE)]),
        greeting=GREETING,
        silence=Silence(*(say(PROMPT, after=after) for _ in range(steps))),
        session={name: model for name, model in session_options().items() if name != "vad"},  # offhook chooses the VAD
    )


server = serve(plan, agent_name=NAMES[SUPERVISED], port=0)
