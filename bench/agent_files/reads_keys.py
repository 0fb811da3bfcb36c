"""Reads API keys at import, and exits if a key is missing."""

import os

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.plugins import openai

MAPS_KEY = os.environ["MAPS_API_KEY"]
if not os.getenv("OPENAI_API_KEY"):
    raise SystemExit("set OPENAI_API_KEY")

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(
        stt="deepgram/nova-3", llm=openai.LLM(api_key=os.environ["OPENAI_API_KEY"]), tts="cartesia/sonic-3"
    )
    await session.start(agent=Agent(instructions="You know the way."), room=ctx.room)
    await session.say("Where do you want to go?")
