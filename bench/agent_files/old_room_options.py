"""Uses the older classes for room options: `RoomInputOptions` and `RoomOutputOptions`."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RoomInputOptions, RoomOutputOptions

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(
        agent=Agent(instructions="You answer letters."),
        room=ctx.room,
        room_input_options=RoomInputOptions(text_enabled=True),
        room_output_options=RoomOutputOptions(transcription_enabled=True),
    )
    await session.say("Post office, hello.")
