"""An agent that needs little CPU, for many calls at once. The agent has no audio input. With the metadata "text", the
agent has no audio output either.
"""

from typing import Any

from livekit.agents import Agent, AgentSession, get_job_context
from livekit.agents.voice.room_io import RoomOptions

from bench.clips import GREETING
from bench.models import ClipTts, quick_llm
from offhook import Call, Plan, serve

__all__ = ["METHOD", "NAME"]

NAME = "bench-remote"
METHOD = "bench.at_once"


class Light(Agent):
    """Registers an RPC method without offhook, so that the benchmark can compare a raw RPC with a command of offhook.
    Both use the same process and connection.
    """

    async def on_enter(self) -> None:
        get_job_context().room.local_participant.register_rpc_method(METHOD, lambda _: '{"status": "accepted"}')


async def plan(call: Call) -> Plan:
    """Plan one call."""
    session: AgentSession[Any] = AgentSession(llm=quick_llm(), tts=ClipTts())
    return Plan(
        agent=Light(instructions="You are measured."),
        greeting=GREETING,
        session=session,
        room=RoomOptions(audio_input=False, audio_output=call.metadata != "text"),
    )


server = serve(plan, agent_name=NAME, port=0)
