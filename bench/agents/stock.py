"""The measured agent with livekit-agents alone, as in LiveKit's documentation. With the metadata "tuned", the
session closes faster.
"""

import math
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.beta.tools import EndCallTool

from bench.agents import NAMES, STOCK
from bench.clips import GREETING
from bench.models import session_options

# With the default `load_threshold`, a busy machine gets no calls. `math.inf` changes nothing else.
server = AgentServer(port=0, load_threshold=math.inf)


@server.rtc_session(agent_name=NAMES[STOCK])
async def entrypoint(ctx: JobContext) -> None:
    """Answer one measured call."""
    tuned: dict[str, Any] = {"session_close_transcript_timeout": 0} if ctx.job.metadata == "tuned" else {}
    session: AgentSession[Any] = AgentSession(**session_options(), **tuned)
    agent = Agent(instructions="You are measured.", tools=[EndCallTool(delete_room=True)])
    await session.start(agent, room=ctx.room, record=False)
    await session.say(GREETING)
