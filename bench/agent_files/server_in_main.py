"""The main block creates the server and registers the entrypoint."""

from livekit import agents
from livekit.agents import Agent, AgentSession


async def answer(ctx: agents.JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Agent(instructions="You water plants."), room=ctx.room)
    await session.say("Plant line, hello.")


if __name__ == "__main__":
    server = agents.AgentServer()
    server.rtc_session(answer, agent_name="plants")
    agents.cli.run_app(server)
