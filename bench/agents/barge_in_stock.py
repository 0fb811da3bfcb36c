"""The agent of the barge-in benchmark, with livekit-agents alone. It has the models of `barge_in.py`, but LiveKit's
interruption rules.
"""

import math
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

from bench.agents import BARGE_IN_STOCK, NAMES
from bench.barge_in_models import STORY, models, report_interruptions


def no_load(_server: AgentServer) -> float:
    """Report no load. If the worker reported the CPU load, a busy machine would get no calls."""
    return 0.0


server = AgentServer(port=0, load_threshold=math.inf, load_fnc=no_load)


@server.rtc_session(agent_name=NAMES[BARGE_IN_STOCK])
async def entrypoint(ctx: JobContext) -> None:
    """Answer one measured call."""
    turns: Any = {"turn_detection": "vad", "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}
    session: AgentSession[Any] = AgentSession(**models(), turn_handling=turns)
    report_interruptions(session)
    await session.start(Agent(instructions="You are measured."), room=ctx.room, record=False)
    await session.say(STORY)
