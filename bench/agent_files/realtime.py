"""Uses one Realtime model, without STT and TTS."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.plugins import openai

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(llm=openai.realtime.RealtimeModel(voice="marin"))
    await session.start(Agent(instructions="You tell stories."), room=ctx.room)
    await session.generate_reply(instructions="Greet the caller.")
