"""Reads the participant attributes and the files that a web page sends."""

import asyncio

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    reading: set[asyncio.Task[None]] = set()

    def on_picture(reader: rtc.ByteStreamReader, identity: str) -> None:
        async def read() -> None:
            size = sum([len(piece) async for piece in reader])
            session.say(f"Your picture has {size} bytes.")

        task = asyncio.create_task(read())
        reading.add(task)
        task.add_done_callback(reading.discard)

    @ctx.room.on("participant_attributes_changed")
    def on_attributes(changed: dict[str, str], participant: rtc.Participant) -> None:
        if "language" in changed:
            session.say(f"I will speak {changed['language']}.")

    ctx.room.register_byte_stream_handler("pictures", on_picture)
    await session.start(Agent(instructions="You look at pictures."), room=ctx.room)
    await session.say("Show me a picture.")
