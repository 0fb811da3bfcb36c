"""Sets the session's turn detection, endpointing and interruption handling."""

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, inference
from livekit.plugins import silero

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(
        stt=inference.STT("deepgram/nova-3", language="multi"),
        llm=inference.LLM("openai/gpt-4.1-mini"),
        tts=inference.TTS("cartesia/sonic-3"),
        vad=silero.VAD.load(),
        turn_handling={
            "turn_detection": inference.TurnDetector(),
            "endpointing": {"min_delay": 0.4, "max_delay": 4.0},
            "interruption": {"min_duration": 0.4},
        },
    )
    await session.start(agent=Agent(instructions="You listen well."), room=ctx.room)
    await session.say("Hotline, hello.")
