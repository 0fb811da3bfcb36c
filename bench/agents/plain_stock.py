"""The same worker as in `plain.py`, but with livekit-agents alone, as in LiveKit's documentation."""

import math
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, inference
from livekit.agents.beta.tools import EndCallTool

from bench.agents import NAMES, PLAIN_STOCK

server = AgentServer(port=0, load_threshold=math.inf)


@server.rtc_session(agent_name=NAMES[PLAIN_STOCK])
async def entrypoint(ctx: JobContext) -> None:
    """Answer one call."""
    session: AgentSession[Any] = AgentSession(vad=inference.VAD(model="silero"))
    agent = Agent(instructions="You are measured.", tools=[EndCallTool(delete_room=True)])
    await session.start(agent, room=ctx.room, record=False)
    await session.say("Hello.")
