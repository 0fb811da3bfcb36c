"""A tool in this file says goodbye and deletes the room."""

from livekit import api
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RunContext, function_tool, get_job_context

server = AgentServer()


class Desk(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You are a desk.")

    @function_tool
    async def end_call(self, ctx: RunContext) -> None:
        """End the call when the caller says goodbye."""
        await ctx.session.say("Goodbye.", allow_interruptions=False)
        job = get_job_context()
        await job.api.room.delete_room(api.DeleteRoomRequest(room=job.room.name))


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Desk(), room=ctx.room)
    await session.say("Desk, hello.")
