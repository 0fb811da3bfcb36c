"""Starts the session in a `try` block, and logs an error if the session does not start."""

import logging

from livekit.agents import Agent, AgentServer, AgentSession, JobContext

log = logging.getLogger(__name__)
server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session: AgentSession = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    try:
        await session.start(agent=Agent(instructions="You repair phones."), room=ctx.room)
    except Exception:
        log.exception("the session did not start")
        ctx.shutdown("no session")
        return
    else:
        await session.say("Repair shop, hello.")
