"""A handler in this file speaks to a silent caller, and ends the session if the caller stays silent."""

import asyncio

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, UserStateChangedEvent

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(
        stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3", user_away_timeout=12.5
    )
    idle: asyncio.Task[None] | None = None

    async def ask_then_end() -> None:
        for _ in range(2):
            await session.generate_reply(instructions="The caller is silent. Greet the caller again.")
            await asyncio.sleep(10)
        session.shutdown()

    @session.on("user_state_changed")
    def on_state(event: UserStateChangedEvent) -> None:
        nonlocal idle
        if event.new_state == "away":
            idle = asyncio.create_task(ask_then_end())
        elif idle is not None:
            idle.cancel()

    await session.start(agent=Agent(instructions="You are patient."), room=ctx.room)
    await session.say("Hello, take your time.")
