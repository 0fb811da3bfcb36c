"""The measured agent with offhook and slow models. The metadata "late" delays the final transcript."""

from livekit.agents import Agent

from bench.agents import NAMES, SLOW
from bench.clips import GREETING
from bench.slow_models import FINALS, slow_options
from offhook import Call, Plan, WorkAhead, serve


async def plan(call: Call) -> Plan:
    """Plan one measured call."""
    return Plan(
        agent=Agent(instructions="You are measured."),
        greeting=GREETING,
        work_ahead=WorkAhead(),
        session=slow_options(FINALS[call.metadata]),
    )


server = serve(plan, agent_name=NAMES[SLOW], port=0)
