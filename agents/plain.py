"""A stock LiveKit agent with its own silence handler and tools, supervised by one line of offhook."""

from typing import Any

from livekit.agents import (
    Agent,
    AgentSession,
    AgentStateChangedEvent,
    JobContext,
    JobProcess,
    RunContext,
    UserStateChangedEvent,
    function_tool,
)
from livekit.plugins import silero

from offhook import Server, choose, load_settings, run, supervise

INSTRUCTIONS = "You are the front desk of a small hotel. Answer in one or two short sentences, without lists or emojis."


class Desk(Agent):
    """A front desk with its own tools, written for LiveKit alone."""

    def __init__(self) -> None:
        super().__init__(instructions=INSTRUCTIONS)

    async def on_enter(self) -> None:
        self.session.say("Hello, this is the front desk. How can I help?")

    @function_tool
    async def end_call(self, ctx: RunContext[Any], farewell: str = "") -> None:
        """End this call, when the caller says goodbye. The farewell is spoken for you."""
        ctx.session.say(farewell or "Thank you for calling. Goodbye.", allow_interruptions=False)
        ctx.session.shutdown()  # without offhook, the caller would stay in a silent room

    @function_tool(name="update_instructions")
    async def change_manner(self, instructions: str) -> str:
        """Change how you behave for the rest of this call, when the caller asks for it."""
        await self.update_instructions(f"{INSTRUCTIONS}\n\n{instructions}")
        return f"Done, from now on: {instructions}"

    @function_tool
    async def reset_context(self) -> str:
        """Forget what was said so far, when the caller wants to start over."""
        context = self.chat_ctx.copy()
        context.truncate(max_items=0)
        await self.update_chat_ctx(context)
        return "Done. Ask how you can help."


def prewarm(process: JobProcess) -> None:
    """Load the VAD once for each job process."""
    process.userdata["vad"] = silero.VAD.load()


server = Server(setup_fnc=prewarm)


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    """Answer one call."""
    models = choose(load_settings())
    session: AgentSession[Any] = AgentSession(
        **{**models.session, "vad": ctx.proc.userdata["vad"]}, user_away_timeout=8
    )
    asked = 0

    @session.on("user_state_changed")
    def on_silence(event: UserStateChangedEvent) -> None:
        nonlocal asked
        if event.new_state == "speaking":
            asked = 0
        elif event.new_state == "away" and asked < 2:
            asked += 1
            session.say("Are you still there?")
        elif event.new_state == "away":
            session.say("I will hang up now. Bye!", allow_interruptions=False)
            session.shutdown()

    @session.on("agent_state_changed")
    def restart_away_timer(event: AgentStateChangedEvent) -> None:
        if event.new_state == "listening" and session.user_state == "away":
            session.reset_away_timer()  # without this, LiveKit would emit "away" only once

    async with supervise(ctx, session):
        await session.start(Desk(), room=ctx.room, session_host=False)


if __name__ == "__main__":
    run(server)
