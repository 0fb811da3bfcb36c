"""The server is in a variable called `app`. A statement, not a decorator, registers the entrypoint."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobProcess


def setup(process: JobProcess) -> None:
    process.userdata["menu"] = ["soup", "bread"]


async def serve_table(ctx: JobContext) -> None:
    menu = ", ".join(ctx.proc.userdata["menu"])
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions=f"Today there is {menu}."), room=ctx.room)
    await session.say(f"Hello, today there is {menu}.")


app = AgentServer(setup_fnc=setup)
app.rtc_session(serve_table)
