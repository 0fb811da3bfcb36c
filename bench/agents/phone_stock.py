"""The measured telephone agent with livekit-agents alone. The DTMF keys A and B end the call in the two ways that
are usual in LiveKit agents.
"""

import asyncio
import math
from typing import Any

from livekit import api, rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.agents.beta.tools import EndCallTool

from bench.agents import NAMES, PHONE_STOCK
from bench.clips import GOODBYE, TONE_GREETING
from bench.models import session_options


def no_load(_server: AgentServer) -> float:
    """Report no load. If the worker reported the CPU load, a busy machine would get no calls."""
    return 0.0


server = AgentServer(port=0, load_threshold=math.inf, load_fnc=no_load)


@server.rtc_session(agent_name=NAMES[PHONE_STOCK])
async def entrypoint(ctx: JobContext) -> None:
    """Answer one measured call."""
    session: AgentSession[Any] = AgentSession(**session_options())
    tasks: set[asyncio.Task[None]] = set()

    async def say_and_delete() -> None:
        await session.say(GOODBYE)
        await ctx.api.room.delete_room(api.DeleteRoomRequest(room=ctx.room.name))

    async def end_call_tool() -> None:
        await session.generate_reply(user_input="goodbye")  # the LLM calls `EndCallTool`

    def on_key(key: rtc.SipDTMF) -> None:
        ending = {"A": say_and_delete, "B": end_call_tool}.get(key.digit.upper())
        if ending is not None:
            task = asyncio.create_task(ending(), name="end")
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    ctx.room.on("sip_dtmf_received", on_key)
    agent = Agent(instructions="You are measured.", tools=[EndCallTool(delete_room=True)])
    await session.start(agent, room=ctx.room, record=False)
    await session.say(TONE_GREETING)
