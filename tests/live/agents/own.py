"""A custom entrypoint around `supervise` that fails as its metadata says."""

from livekit.agents import Agent, AgentSession, JobContext
from tools import RULES  # beside this file

from offhook import Server, choose, load_settings, supervise
from offhook.models.offline.rules import RuleLLM

server = Server(port=0)


@server.rtc_session(agent_name="own")
async def entrypoint(ctx: JobContext) -> None:
    """Answer one call, or fail to."""
    models, trouble = choose(load_settings()), ctx.job.metadata
    session: AgentSession[None] = AgentSession(
        vad=models.vad,
        stt=models.stt,
        llm=RuleLLM(RULES),
        tts=models.tts,
        turn_detection="vadd" if trouble == "misspelt" else "vad",  # type: ignore[arg-type]  # the point of the test
    )
    async with supervise(ctx, session, greeting="Hello, this is mine."):
        if trouble == "before the session":
            raise ValueError("too early")
        await session.start(Agent(instructions="You are mine."), room=ctx.room, session_host=False)
        if trouble == "after the session":
            raise ValueError("too late")
