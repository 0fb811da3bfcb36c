"""Dials the number in the dispatch metadata. If nobody answers, the agent prints the SIP status code."""

import json

from livekit import api
from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session(agent_name="reminder")
async def entrypoint(ctx: JobContext) -> None:
    await ctx.connect()
    order = json.loads(ctx.job.metadata)
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions="You remind people of appointments."), room=ctx.room)
    try:
        await ctx.api.sip.create_sip_participant(
            api.CreateSIPParticipantRequest(
                room_name=ctx.room.name,
                sip_trunk_id=order["trunk"],
                sip_call_to=order["number"],
                participant_identity="callee",
                wait_until_answered=True,
            )
        )
    except api.TwirpError as error:
        print("not answered:", error.metadata.get("sip_status_code"))
        ctx.shutdown("not answered")
        return
    await ctx.wait_for_participant(identity="callee")
    await session.say("You have an appointment tomorrow at nine.")
