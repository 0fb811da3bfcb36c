"""The `WorkerOptions` are in a variable of the function `main`."""

from livekit.agents import Agent, AgentSession, JobContext, WorkerOptions
from livekit.agents.cli import run_app


async def answer(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Agent(instructions="You rent out bicycles."), room=ctx.room)
    await session.say("Bicycle rental, hello.")


def main() -> None:
    options = WorkerOptions(answer, num_idle_processes=1)
    run_app(options)


if __name__ == "__main__":
    main()
