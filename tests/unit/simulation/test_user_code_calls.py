"""User code that misuses cancellation or blocks: the call continues, ends, and has a complete journal."""

import asyncio
import contextlib
import threading
from typing import Any

import pytest
from livekit.agents import Agent, RunContext, function_tool

from offhook import Call, OngoingCall, Plan, Silence, do, goodbye, say, serve
from offhook.core.facts import KeyPressed
from offhook.testing import Reply, ScriptedCaller, SimulatedCall, simulate

SORRY = "I am sorry, something went wrong on our side. Please call again."
LEAKED = "it raised CancelledError"
WHERE: list[str] = []
SEEN: list[str] = []
DONE, ASKED = threading.Event(), threading.Event()


async def leaks(*_: object) -> None:
    """A tool that awaits a cancelled task."""
    task = asyncio.create_task(asyncio.sleep(9))
    task.cancel()
    await task


async def swallows(*_: object) -> None:
    """A tool that swallows cancellation, as a bare `except` around a retry does."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(1)


async def saves(*_: object) -> None:
    SEEN.append("saved")


class Desk(Agent):
    @function_tool
    async def look(self) -> str:
        """Look it up."""
        await leaks()
        return "found"

    @function_tool
    async def hang_up(self, ctx: RunContext[Any]) -> None:
        """End the call."""
        await ctx.session.drain()
        await ctx.session.aclose()


async def on_key(fact: KeyPressed, call: object) -> None:
    SEEN.append(fact.digit)
    if fact.digit == "1":
        await {"leaks": leaks, "swallows": swallows}[WHERE[1]]()


async def plan(call: Call) -> Plan:
    where, what = WHERE[0], {"leaks": leaks, "swallows": swallows}.get(WHERE[1], leaks)
    if where == "plan":
        await what()
    return Plan(
        agent=Desk(instructions="You are the front desk."),
        greeting="Hello there.",
        on={KeyPressed: on_key} if where == "on" else {},
        after=[what, saves] if where == "hook" else [saves],
        silence=Silence(do(what, after=2), say("Are you there?", after=3), goodbye("Bye.", after=3))
        if where == "do"
        else None,
    )


server = serve(plan)


def play(where: str, what: str, script: Any = None, **replies: Any) -> SimulatedCall:
    WHERE[:] = [where, what]
    SEEN.clear()
    return simulate(server, script, replies=replies, stays=30)


def bodies(call: SimulatedCall, name: str) -> list[Any]:
    return [record.body for record in call.records if record.name == name]


@pytest.mark.parametrize("what", ["leaks", "swallows"])
def test_a_plan_that_loses_its_cancellation_is_an_apology_and_an_end(what: str) -> None:
    call = play("plan", what)
    assert call.reason == "error"
    assert call.said == [SORRY]
    assert len(bodies(call, "PlanFailed")) == 1


@pytest.mark.parametrize(("what", "why"), [("leaks", LEAKED), ("swallows", "no result within 5.0 s")])
def test_a_hook_that_loses_its_cancellation_costs_neither_the_others_nor_the_end(what: str, why: str) -> None:
    call = play("hook", what, hangs_up)
    first, second = (hook["error"] for hook in bodies(call, "HookRan"))
    assert why in first
    assert second == ""
    assert SEEN == ["saved"]
    assert call.records[-1].name == "Ended"


@pytest.mark.parametrize(("what", "why"), [("leaks", LEAKED), ("swallows", "it took longer than 10 s")])
def test_a_handler_that_loses_its_cancellation_stops_no_other(what: str, why: str) -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.presses("1")
        await call.presses("2")
        await call.silent(15)
        await call.hangs_up()

    call = play("on", what, caller)
    assert SEEN == ["1", "2", "saved"]
    (failed,) = bodies(call, "HandlerFailed")
    assert why in failed["error"]
    assert call.records[-1].name == "Ended"


def test_a_step_that_lets_a_cancellation_out_is_told_and_the_next_ones_come() -> None:
    call = play("do", "leaks")
    assert LEAKED in bodies(call, "ActionDone")[0]["error"]
    assert call.said == ["Hello there.", "Are you there?", "Bye."]
    assert call.seconds < 12


def test_a_step_that_cannot_be_cancelled_ends_with_its_call() -> None:
    call = play("do", "swallows")
    assert call.reason == "silence"
    assert call.records[-1].name == "Ended"


def test_a_tool_that_lets_a_cancellation_out_has_failed_and_is_answered() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("please look")
        await call.hears("did not work", timeout=5)

    call = play("tool", "leaks", caller, look=Reply(tool="look"))
    (ended,) = bodies(call, "ToolEnded")
    assert (ended["status"], LEAKED in ended["output"]) == ("error", True)


def test_a_tool_that_closes_its_session_ends_the_call_within_five_seconds() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("bye now")
        await call.ended(timeout=5)

    call = play("tool", "closes", caller, **{"bye now": Reply(tool="hang_up")})
    assert call.reason == "agent_ended"
    assert [body["text"].partition("(")[0] for body in bodies(call, "Warned")] == ["session.drain", "session.aclose"]


async def hangs_up(call: ScriptedCaller) -> None:
    await call.hears("Hello")
    await call.hangs_up()


def waits(fact: KeyPressed, call: OngoingCall) -> None:
    """A sync handler that blocks until the call continues."""
    if fact.digit == "1":
        SEEN.append("went on" if DONE.wait(5) else "stood still")
        call.pause("hold")
        call.end("Goodbye.", by="waits")
        ASKED.set()


def lets_go(call: OngoingCall) -> None:
    """The simulation's clock stops until this function returns."""
    DONE.set()
    ASKED.wait(5)


def sync_plan(call: Call) -> Plan:
    return Plan(
        agent=Agent(instructions="You are the front desk."),
        greeting="Hello there.",
        on={KeyPressed: waits},
        silence=Silence(do(lets_go, after=2), goodbye("Bye.", after=30)),
    )


sync_server = serve(sync_plan)


@pytest.mark.slow
def test_a_sync_handler_does_not_hold_up_the_call_and_its_wishes_keep_their_order() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.presses("1")
        await call.ended(timeout=20)

    SEEN.clear()
    DONE.clear()
    ASKED.clear()
    call = simulate(sync_server, caller)
    assert SEEN == ["went on"]
    assert (call.reason, call.said[-1]) == ("agent_ended", "Goodbye.")
    names = [record.name for record in call.records]
    assert names.index("PauseChanged") < names.index("EndRequested")
