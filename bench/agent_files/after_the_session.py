"""Writes a summary when the session has ended."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


async def summarise(ctx: JobContext) -> None:
    print(f"the call in {ctx.room.name} is over")


@server.rtc_session(on_session_end=summarise)
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")

    @session.on("close")
    def on_close(event: object) -> None:
        print("closed")

    await session.start(agent=Agent(instructions="You take surveys."), room=ctx.room)
    await session.say("Survey line, hello.")
