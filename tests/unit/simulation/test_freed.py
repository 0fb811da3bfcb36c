"""A call that is over leaves nothing in memory, so a process can hold many calls one after another."""

import gc
import weakref
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession

from offhook import Call, OngoingCall, Plan, serve
from offhook.facts import SessionStarted
from offhook.testing import ScriptedCaller, simulate

SESSIONS: "weakref.WeakSet[AgentSession[Any]]" = weakref.WeakSet()
STARTED: list[str] = []


async def started(_: SessionStarted, ongoing: OngoingCall) -> None:
    SESSIONS.add(ongoing.session)
    STARTED.append(ongoing.call.id)


def plan(call: Call) -> Plan:
    return Plan(
        agent=Agent(instructions="You are the front desk."), greeting="Front desk.", on={SessionStarted: started}
    )


server = serve(plan, port=0)


@pytest.mark.slow
def test_the_session_and_everything_that_holds_it_is_freed() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.says("hello")
        await call.hears("how can I help")

    for _ in range(2):
        simulate(server, caller)
    gc.collect()
    assert len(STARTED) == 2
    assert list(SESSIONS) == []
