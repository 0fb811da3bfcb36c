"""Two agents; the first hands off to the second, which has another voice."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, function_tool
from livekit.plugins import cartesia

server = AgentServer()


class Billing(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You explain bills.", tts=cartesia.TTS())

    async def on_enter(self) -> None:
        self.session.say("Billing here.")


class Reception(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You find the right desk.")

    async def on_enter(self) -> None:
        self.session.say("Reception, hello.")

    @function_tool
    async def to_billing(self) -> Agent:
        """Connect the caller to the billing desk."""
        return Billing()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Reception(), room=ctx.room)
