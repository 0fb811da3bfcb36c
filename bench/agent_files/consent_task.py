"""Before anything else, the agent asks for consent in an `AgentTask`."""

from livekit.agents import Agent, AgentServer, AgentSession, AgentTask, ChatContext, JobContext, function_tool

server = AgentServer()


class Consent(AgentTask[bool]):
    def __init__(self, chat_ctx: ChatContext) -> None:
        super().__init__(instructions="Ask whether the call may be recorded.", chat_ctx=chat_ctx)

    async def on_enter(self) -> None:
        self.session.say("May I record this call?")

    @function_tool
    async def agree(self) -> None:
        """The caller agrees."""
        self.complete(True)


class Survey(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You ask three questions.")

    async def on_enter(self) -> None:
        await Consent(chat_ctx=self.chat_ctx)
        self.session.say("Then let us begin.")


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Survey(), room=ctx.room)
