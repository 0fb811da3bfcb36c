"""The server is a subclass of `AgentServer`, and some imports come after other code."""

import os

os.environ.setdefault("DESK", "north")

from livekit.agents import Agent, AgentServer, AgentSession, JobContext


class DeskServer(AgentServer):
    desk = os.environ["DESK"]


server = DeskServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Agent(instructions="You are a desk."), room=ctx.room)
    await session.say(f"Desk {DeskServer.desk}, hello.")
