"""An agent as in LiveKit's examples: no offhook, cloud models, its own away handler."""

from livekit.agents import (
    Agent,
    AgentServer,
    AgentSession,
    JobContext,
    RunContext,
    UserStateChangedEvent,
    function_tool,
    get_job_context,
)
from livekit.plugins import cartesia, deepgram, openai

server = AgentServer()


class Desk(Agent):
    """A restaurant."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a restaurant.")

    async def on_enter(self) -> None:
        self.session.generate_reply(instructions="Greet the caller.")

    @function_tool
    async def book_table(self, people: str) -> str:
        """Book a table."""
        return f"A table for {people} is booked."

    @function_tool
    async def end_call(self, ctx: RunContext) -> None:
        """Hang up."""
        await ctx.wait_for_playout()
        get_job_context().shutdown("the caller said goodbye")


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """Answer one call."""
    session = AgentSession(stt=deepgram.STT(), llm=openai.LLM(), tts=cartesia.TTS(), user_away_timeout=10)

    @session.on("user_state_changed")
    def silence(event: UserStateChangedEvent) -> None:
        if event.new_state == "away":
            session.say("Are you still there?")

    async def report(reason: str) -> None:
        ctx.proc.userdata["told"].append(reason)

    ctx.proc.userdata["told"] = TOLD
    ctx.add_shutdown_callback(report)
    await session.start(agent=Desk(), room=ctx.room)


TOLD: list[str] = []
