"""A module-level server, a decorated entrypoint, and a statement after `session.start`."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(room=ctx.room, agent=Agent(instructions="You take orders for a bakery."))
    await session.generate_reply(instructions="Greet the caller.")
