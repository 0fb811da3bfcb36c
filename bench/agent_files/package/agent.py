"""An agent file in a package, with relative imports."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

from .prompts import GREETING, INSTRUCTIONS

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions=INSTRUCTIONS), room=ctx.room)
    await session.say(GREETING)
