"""A simulated call that does not end is aborted; the error shows the waiting tasks and the call so far."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RunContext, function_tool

from offhook import Call, Plan, serve
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.live.waiting import WaitTimeoutError
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


def stuck(tool: str) -> StuckError:
    from offhook.models.offline.rules import Reply

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        for _ in range(30):
            await call.types("hello")
            await call.silent(1)
        await call.says("please do")
        await call.ended()

    with pytest.raises(StuckError) as error:
        simulate(server, caller, replies={"please do": Reply(tool=tool)}, patience=1)
    return error.value


def test_the_line_that_spins_comes_first_and_the_error_is_short() -> None:
    error = stuck("asks_again_and_again")
    lines = str(error).splitlines()
    assert "test_call_stuck.py:" in lines[1]
    assert lines[1].endswith("in asks_again_and_again, again and again without a wait")
    assert "earlier lines)" in str(error)
    assert (len(lines), error.__cause__) == (40, None)


async def closes_its_session(ctx: RunContext[Any]) -> None:
    """End the call."""
    await ctx.session.aclose()


stock = AgentServer()


@stock.rtc_session()
async def answer(ctx: JobContext) -> None:
    session: AgentSession[Any] = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions="x", tools=[function_tool(closes_its_session)]), room=ctx.room)
    await session.say("Hello.")


def test_tasks_that_wait_for_each_other_are_told_with_the_line_and_what_to_write() -> None:
    from offhook.models.offline.rules import Reply

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("please do")
        await call.ended(timeout=400)

    with pytest.raises(WaitTimeoutError, match="waited 400 s for the end of the call") as error:
        simulate(stock, caller, replies={"please do": Reply(tool="closes_its_session")})
    (note,) = error.value.__notes__
    assert "in a circle" in note
    assert "call `session.shutdown()` there" in note
    assert "test_call_stuck.py:" in note.splitlines()[1]
    assert len(note.splitlines()) < 20


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
