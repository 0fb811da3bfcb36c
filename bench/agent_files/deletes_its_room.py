"""Deletes the room in a shutdown callback, and prints the usage in another shutdown callback."""

from livekit import api
from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")

    async def delete_room() -> None:
        try:
            await ctx.api.room.delete_room(api.DeleteRoomRequest(room=ctx.room.name))
        except api.TwirpError as error:
            if error.code != api.TwirpErrorCode.NOT_FOUND:
                raise

    async def report() -> None:
        print(f"usage of {ctx.room.name}: {session.usage}")

    ctx.add_shutdown_callback(delete_room)
    ctx.add_shutdown_callback(report)
    await session.start(Agent(instructions="You take messages."), room=ctx.room)
    await session.say("Please leave a message.")
