"""Push-to-talk: a web page sends RPC requests that switch the agent's audio input on and off."""

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(
        stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3", turn_detection="manual"
    )
    await session.start(Agent(instructions="You answer on the radio."), room=ctx.room)
    session.input.set_audio_enabled(False)

    @ctx.room.local_participant.register_rpc_method("start_turn")  # type: ignore[arg-type]  # livekit-rtc has no overload for a decorator
    async def start_turn(data: rtc.RpcInvocationData) -> str:
        await session.interrupt()
        session.clear_user_turn()
        session.input.set_audio_enabled(True)
        return "listening"

    @ctx.room.local_participant.register_rpc_method("end_turn")  # type: ignore[arg-type]  # livekit-rtc has no overload for a decorator
    async def end_turn(data: rtc.RpcInvocationData) -> str:
        session.input.set_audio_enabled(False)
        session.commit_user_turn()
        return "thinking"

    await session.say("Radio check, over.")
