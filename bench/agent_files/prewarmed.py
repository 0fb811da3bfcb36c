"""WorkerOptions with a prewarm function, a request function and an agent name, written on several lines."""

import logging

from livekit.agents import Agent, AgentSession, JobContext, JobProcess, JobRequest, WorkerOptions, cli
from livekit.plugins import silero

logger = logging.getLogger("garage")


def prewarm(proc: JobProcess):
    proc.userdata["vad"] = silero.VAD.load()


async def on_request(req: JobRequest):
    await req.accept(name="garage", identity="garage-agent")


async def entrypoint(ctx: JobContext):
    ctx.log_context_fields = {"room": ctx.room.name}
    session = AgentSession(
        vad=ctx.proc.userdata["vad"],
        stt="deepgram/nova-3",
        llm="openai/gpt-4.1-mini",
        tts="cartesia/sonic-3",
        preemptive_generation=True,
    )
    await session.start(agent=Agent(instructions="You answer for a garage."), room=ctx.room)
    await ctx.connect()
    await session.generate_reply(instructions="Greet the caller and ask for the plate.")


if __name__ == "__main__":
    cli.run_app(
        WorkerOptions(
            entrypoint_fnc=entrypoint,
            prewarm_fnc=prewarm,
            request_fnc=on_request,
            agent_name="garage",
        ),
    )
