"""Dials what the dispatch metadata asks for; for the tests of outbound calls."""

from typing import Any

from livekit.agents import Agent

from offhook import Call, Dial, Guard, OngoingCall, Plan, QuietHours, Redial, Silence, Voicemail, goodbye, serve
from offhook.facts import DialStatus


def on_the_list(number: str) -> bool:
    if number.endswith("13"):
        raise RuntimeError("the list is broken")
    return number.endswith("12")


def give_up(status: DialStatus, call: OngoingCall) -> None:
    if status.status == "ringing":
        call.end()


def plan(call: Call) -> Plan:
    wishes: dict[str, Any] = dict(call.data)
    assert call.caller.kind == "phone"
    options: dict[str, Any] = {}
    if "voicemail" in wishes:
        options["voicemail"] = Voicemail(**wishes["voicemail"])
    if "redial" in wishes:
        options["redial"] = Redial(**wishes["redial"])
    if "quiet" in wishes:
        options["guard"] = Guard(quiet_hours=QuietHours(*wishes["quiet"]))
    if "list" in wishes:
        options["guard"] = Guard(do_not_call=on_the_list)
    return Plan(
        agent=Agent(instructions="You call people."),
        greeting="Hello, this is the clinic.",
        silence=Silence(goodbye("Nobody is there. Goodbye.", after=8)),
        dial=Dial.requested(call, trunk="ST_simulated", **options),
        on={DialStatus: give_up} if "give_up" in wishes else {},
    )


server = serve(plan, agent_name="outbound", port=0)
