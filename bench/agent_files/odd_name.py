"""A server in a variable with an unusual name, and an agent name for explicit dispatch."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli

night_shift = AgentServer()


@night_shift.rtc_session(agent_name="night-shift")
async def my_agent(ctx: JobContext):
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions="You answer at night."), room=ctx.room)
    await session.say("Night desk, hello.")


if __name__ == "__main__":
    cli.run_app(night_shift)
