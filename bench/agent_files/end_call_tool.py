"""LiveKit's own tool ends the call and deletes the room."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.beta.tools import EndCallTool

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    agent = Agent(instructions="You say goodbye politely.", tools=[EndCallTool(delete_room=True)])
    await session.start(agent, room=ctx.room)
    await session.say("Hello, this will be short.")
