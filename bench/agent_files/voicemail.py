"""The agent finds out whether an answering machine answered, before the agent speaks."""

from livekit.agents import AMD, Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions="You call customers back."), room=ctx.room)
    async with AMD(session, llm=None) as detector:
        result = await detector.execute()
    if result.category in ("machine-vm", "machine-unavailable"):
        await session.say("We will try again tomorrow.")
        session.shutdown()
        return
    await session.say("Hello, you asked us to call back.")
