"""One of two agents that each have a file `tools.py` in their folder. The other agent is in `florist`."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from tools import GREETING, in_stock

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions="You tell what is in stock.", tools=[in_stock]), room=ctx.room)
    await session.say(GREETING)
