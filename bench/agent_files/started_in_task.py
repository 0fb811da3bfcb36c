"""Starts the session in an asyncio task, and looks up the guest while the session starts."""

import asyncio

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


async def look_up(room: str) -> str:
    await asyncio.sleep(0.5)
    return f"guest of {room}"


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    starting = asyncio.create_task(session.start(Agent(instructions="You know guests."), room=ctx.room))
    guest = await look_up(ctx.room.name)
    await starting
    await session.say(f"Hello, {guest}.")
