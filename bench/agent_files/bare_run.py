"""The last line runs the worker, without a main block."""

from livekit.agents import Agent, AgentSession, JobContext, WorkerOptions, cli


async def answer(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Agent(instructions="You sell tickets."), room=ctx.room)
    await session.say("Ticket office, hello.")


cli.run_app(WorkerOptions(entrypoint_fnc=answer))
