"""Sends DTMF keys to the telephone menu (IVR) of another company."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.beta.tools import send_dtmf_events

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3", ivr_detection=True)
    agent = Agent(instructions="You check the balance of a card by phone.", tools=[send_dtmf_events])
    await session.start(agent, room=ctx.room)
    await session.say("I would like to know a balance.")
