"""A second session in the same room only takes notes."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.voice.room_io import RoomOptions

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    notes = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini")
    await session.start(Agent(instructions="You chair a meeting."), room=ctx.room)
    silent = RoomOptions(audio_output=False, text_input=False, text_output=False)
    await notes.start(Agent(instructions="You take notes."), room=ctx.room, room_options=silent, record=False)
    await session.say("Welcome to the meeting.")
