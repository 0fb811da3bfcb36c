"""A simulated call that does not end is aborted; the error shows the waiting tasks and the call so far."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from livekit.agents import Agent, function_tool

from offhook import Call, Plan, serve
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.virtual import StuckError

pytestmark = pytest.mark.slow

GATE = threading.Event()
SO_FAR = r"(.|\n)*the call so far:(.|\n)*This is the front desk"


@pytest.fixture(autouse=True)
def gate() -> Iterator[None]:
    GATE.clear()
    yield
    GATE.set()


@function_tool
async def asks_again_and_again() -> str:
    """A tool that loops without waiting."""
    while not GATE.is_set():  # noqa: ASYNC110  # the loop under test
        await asyncio.sleep(0)
    return "done"


@function_tool
async def never_comes_back() -> str:
    """A tool that waits for native code that hangs."""
    await asyncio.to_thread(GATE.wait)
    return "done"


def plan(call: Call) -> Plan:
    tools: list[Any] = [asks_again_and_again, never_comes_back]
    return Plan(agent=Agent(instructions="You are the front desk.", tools=tools), greeting="This is the front desk.")


server = serve(plan)


@pytest.mark.parametrize(
    ("tool", "why"), [("asks_again_and_again", "without a wait"), ("never_comes_back", "not ended within 1 s")]
)
def test_a_tool_that_holds_the_clock_is_given_up(tool: str, why: str) -> None:
    from offhook.models.offline.rules import Reply

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.says("please do")
        await call.ended()

    with pytest.raises(StuckError, match=f"{why}(.|\n)*test_call_stuck.py{SO_FAR}"):
        simulate(server, caller, replies={"please do": Reply(tool=tool)}, patience=1)


def test_a_script_that_waits_for_ever_while_time_runs_on_is_given_up() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        while not GATE.is_set():  # noqa: ASYNC110  # the loop under test
            await asyncio.sleep(0.02)

    with pytest.raises(StuckError, match=f"run for 60 s and 10000[01] timers(.|\n)*script at {SO_FAR}"):
        simulate(server, caller, longest=60)
