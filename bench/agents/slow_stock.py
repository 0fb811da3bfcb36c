"""The measured agent without offhook: only livekit-agents, with slow models. The metadata "late" delays the final
transcript.
"""

import math
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

from bench.agents import NAMES, SLOW_STOCK
from bench.clips import GREETING
from bench.slow_models import FINALS, slow_options

# With the default `load_threshold`, a busy machine gets no calls. `math.inf` changes nothing else.
server = AgentServer(port=0, load_threshold=math.inf)


@server.rtc_session(agent_name=NAMES[SLOW_STOCK])
async def entrypoint(ctx: JobContext) -> None:
    """Answer one measured call."""
    session: AgentSession[Any] = AgentSession(**slow_options(FINALS[ctx.job.metadata]))
    await session.start(Agent(instructions="You are measured."), room=ctx.room, record=False)
    await session.say(GREETING)
