"""Hooks after a call: they run after the hang-up, in order, and independently of each other."""

import asyncio

from livekit.agents import Agent

from offhook import Call, FinishedCall, OngoingCall, Plan, end_call, serve
from offhook.core.facts import SessionClosed
from offhook.testing import simulate

DONE: list[str] = []


async def notices(fact: SessionClosed, call: OngoingCall) -> None:
    await asyncio.sleep(1)
    DONE.append(f"the handler was told: {fact.reason}")


def saves(finished: FinishedCall) -> None:
    DONE.append(f"saved: {finished.ended.reason}")


async def stumbles(finished: FinishedCall) -> None:
    raise LookupError("no such table")


async def sends(finished: FinishedCall) -> None:
    DONE.append("sent")


def plan(call: Call) -> Plan:
    agent = Agent(instructions="You are the front desk.", tools=[end_call()])
    return Plan(agent=agent, greeting="Hello.", on={SessionClosed: notices}, after=[saves, stumbles, sends])


server = serve(plan, port=0)


def test_handlers_have_seen_the_call_before_the_first_function_runs_and_an_exception_stops_none() -> None:
    DONE.clear()
    call = simulate(server)
    assert DONE == ["the handler was told: user_initiated", "saved: caller_hung_up", "sent"]
    ran = [record.body for record in call.records if record.name == "HookRan"]
    assert [(one["name"], one["error"]) for one in ran] == [
        ("saves", ""),
        ("stumbles", "LookupError: no such table"),
        ("sends", ""),
    ]
    names = [record.name for record in call.records]
    assert names.index("HangUpDone") < names.index("HookRan") < names.index("Ended")
