"""Connects its callers with a colleague after the key 0."""

from typing import Any

from livekit.agents import Agent

from offhook import Call, OffhookError, OngoingCall, Plan, Silence, ask, serve
from offhook.core.facts import Warned
from offhook.facts import KeyPressed


def _seven(_: OngoingCall) -> Any:
    return 7


async def on_key(_: KeyPressed, ongoing: OngoingCall) -> None:
    options = dict(ongoing.call.data)
    if options.pop("function", False):
        options["brief"] = _seven
    number = options.pop("to", "+1 510 555 0123")
    brief: Any = options.pop("brief", "A caller wants a refund. Do you take the call?")
    try:
        result = await ongoing.warm_transfer(number, trunk="ST_simulated", brief=brief, **options)
    except OffhookError as error:
        ongoing._post(Warned(f"not begun: {error}"))
        return
    ongoing._post(Warned(f"{result.status}: {result.detail}"))
    if result.status not in ("joined", "caller_left"):
        await ongoing.session.say("Nobody can take your call. How else can I help?")


def plan(call: Call) -> Plan:
    return Plan(
        agent=Agent(instructions="Connect callers."),
        greeting="How can I help?",
        silence=Silence(ask("Are you still there?", after=6)),
        on={KeyPressed: on_key},
    )


server = serve(plan, agent_name="connector", port=0)
