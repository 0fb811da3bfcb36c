"""The second agent has a Realtime model, and the session has no TTS."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, function_tool
from livekit.plugins import openai

server = AgentServer()


class Singer(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You sing.", llm=openai.realtime.RealtimeModel())

    async def on_enter(self) -> None:
        await self.session.generate_reply(instructions="Greet the caller with a song.")


class Host(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You host a show.", tts="cartesia/sonic-3")

    async def on_enter(self) -> None:
        self.session.say("Welcome to the show.")

    @function_tool
    async def to_singer(self) -> Agent:
        """Give the stage to the singer."""
        return Singer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini")
    await session.start(Host(), room=ctx.room)
