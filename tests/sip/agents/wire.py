"""An agent for scenarios on the telephone: the dialled number chooses the plan, keys choose the ending."""

import asyncio
from typing import Any

from livekit.agents import Agent

from offhook import Call, Dial, OngoingCall, Plan, reject, serve
from offhook.facts import KeyPressed

GREETING = "Hello, this is the blue hotel."
GOODBYE = "Thank you and have a pleasant evening."


def pressed(fact: KeyPressed, ongoing: OngoingCall) -> None:
    """1 ends the call, 2 hangs up this phone only, 3 hangs up with a header."""
    if fact.digit == "1":
        ongoing.end(GOODBYE)
    if fact.digit == "2":
        ongoing.end(GOODBYE, scope="caller")
    if fact.digit == "3":
        ongoing.end(GOODBYE, headers={"X-Outcome": "sold"})


async def plan(call: Call) -> Any:
    """Numbers that end in 2 are busy; the lookup for numbers that end in 3 takes 3 s."""
    match call.caller.dialled[-1:]:
        case "2":
            return reject("busy")
        case "3":
            await asyncio.sleep(3)
    tenant = call.caller.attributes.get("sip.h.x-tenant", "")
    greeting = f"Hello, {tenant} hotel." if tenant else GREETING
    return Plan(
        agent=Agent(instructions="You are a desk."),
        greeting=greeting,
        on={KeyPressed: pressed},
        dial=Dial.requested(call),
        session={"session_close_transcript_timeout": 0.1},  # the tests wait for this when the session closes
    )


server = serve(plan, agent_name="wire", port=0)  # any free port
