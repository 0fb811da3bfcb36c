"""Starts a session for each participant of the room."""

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.voice.room_io import RoomOptions

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    async def on_participant(ctx: JobContext, participant: rtc.RemoteParticipant) -> None:
        session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
        options = RoomOptions(participant_identity=participant.identity)
        await session.start(Agent(instructions="You are a tutor."), room=ctx.room, room_options=options)
        await session.say("Hello, let us learn.")

    ctx.add_participant_entrypoint(on_participant)
    await ctx.connect()
