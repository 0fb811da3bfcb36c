"""A telephone agent that joins and waits for its caller before it makes the session."""

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session(agent_name="inbound")
async def entrypoint(ctx: JobContext) -> None:
    await ctx.connect()
    participant = await ctx.wait_for_participant()
    number = participant.attributes.get("sip.phoneNumber", "unknown")
    if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
        ctx.log_context_fields = {"trunk": participant.attributes.get("sip.trunkID", "")}
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions=f"The caller's number is {number}."), room=ctx.room)
    await session.generate_reply(instructions="Greet the caller.")
