"""Joins the room and starts the session at the same time."""

import asyncio

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await asyncio.gather(ctx.connect(), session.start(Agent(instructions="You are quick."), room=ctx.room))
    await session.say("Courier service, hello.")
