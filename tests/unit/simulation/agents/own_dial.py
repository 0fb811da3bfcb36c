"""A stock agent that dials by itself, supervised. With metadata, the server reports this SIP code at once."""

from livekit import api
from livekit.agents import Agent, AgentServer, AgentSession, JobContext

from offhook import supervise
from offhook.testing.live.callee import sip_error

server = AgentServer()


@server.rtc_session(agent_name="own-dial")
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession[None]()
    await supervise(ctx, session, greeting="Hello, this is the clinic.")
    if ctx.job.metadata:
        raise sip_error(int(ctx.job.metadata))
    await ctx.api.sip.create_sip_participant(
        api.CreateSIPParticipantRequest(
            sip_trunk_id="ST_simulated",
            sip_call_to="+15105550123",
            room_name=ctx.room.name,
            participant_identity="phone",
            wait_until_answered=True,
        )
    )
    await session.start(Agent(instructions="You call people."), room=ctx.room)
