"""The agent of the chaos benchmark. The dispatch metadata sets the `scope` of the call's ending, and can add a hook
that runs for 4 s after the call.
"""

import asyncio
from typing import Any

from livekit.agents import Agent, AgentSession

from bench.clips import GREETING
from bench.models import ClipTts, quick_llm
from offhook import Call, Ending, FinishedCall, Plan, serve
from offhook.core.ending import Scope

__all__ = ["NAME", "SLOW"]

NAME = "bench-lasting"
SLOW = "slow"
"""With this word in the metadata, a hook runs for 4 s after the call, so that the benchmark can kill the job while the
hook runs.
"""


async def slow(_: FinishedCall) -> None:
    """Keep the job running for 4 s after the end of the call."""
    await asyncio.sleep(4)


async def plan(call: Call) -> Plan:
    """Plan one call."""
    session: AgentSession[Any] = AgentSession(llm=quick_llm(), tts=ClipTts())
    words = call.metadata.split()
    scope: Scope = "agent" if "agent" in words else "caller" if "caller" in words else "room"
    return Plan(
        agent=Agent(instructions="You are measured."),
        greeting=GREETING,
        takeover=GREETING,
        session=session,
        ending=Ending(scope=scope),
        after=(slow,) if SLOW in words else (),
    )


server = serve(plan, agent_name=NAME, port=0)
