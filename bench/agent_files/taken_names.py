"""Uses the names `say` and `ladder`, which the code that `adopt` adds would also use."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


def say(name: str) -> str:
    return f"Hello from {name}."


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    ladder = say("the roof")
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Agent(instructions="You clean roofs."), room=ctx.room)
    await session.say(ladder)
