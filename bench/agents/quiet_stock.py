"""The agent of `quiet.py` with livekit-agents alone. When LiveKit marks the caller away, the agent asks twice, says
goodbye and hangs up.
"""

import asyncio
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, UserStateChangedEvent, inference

from bench.agents.quiet import AFTER, BYE, QUESTION

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """Answer one call."""
    session: AgentSession[Any] = AgentSession(vad=inference.VAD(model="silero"), user_away_timeout=AFTER)
    asking: asyncio.Task[None] | None = None

    async def ask() -> None:
        for _ in range(2):
            await session.say(QUESTION)
            await asyncio.sleep(AFTER)
        await session.say(BYE)
        ctx.delete_room()
        ctx.shutdown("nobody is there")

    @session.on("user_state_changed")
    def presence(event: UserStateChangedEvent) -> None:
        nonlocal asking
        if event.new_state == "away":
            asking = asyncio.create_task(ask(), name="ask")
        elif asking is not None:
            asking.cancel()

    await session.start(Agent(instructions="You are measured."), room=ctx.room, record=False)
    await session.say("Hello.")
