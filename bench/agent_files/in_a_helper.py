"""The entrypoint only chooses the language, and calls another function that starts the session."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


async def run_session(ctx: JobContext, language: str) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Agent(instructions=f"You speak {language}."), room=ctx.room)
    await session.say("Interpreter, hello.")


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    await ctx.connect()
    caller = await ctx.wait_for_participant()
    await run_session(ctx, caller.attributes.get("language", "English"))
