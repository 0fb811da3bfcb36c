"""The agent overrides the pipeline nodes `llm_node` and `tts_node`."""

from collections.abc import AsyncIterable

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, FlushSentinel, JobContext, ModelSettings, llm

server = AgentServer()


class Careful(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You choose your words.")

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterable[llm.ChatChunk | str | FlushSentinel]:
        async for chunk in Agent.default.llm_node(self, chat_ctx, tools, model_settings):
            yield chunk

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterable[rtc.AudioFrame]:
        async def plain() -> AsyncIterable[str]:
            async for piece in text:
                yield piece.replace("*", "")

        async for frame in Agent.default.tts_node(self, plain(), model_settings):
            yield frame


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Careful(), room=ctx.room)
    await session.generate_reply(instructions="Greet the caller.")
