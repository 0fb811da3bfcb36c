"""Failing providers on a real server: the caller hears a response in time, and the journal has the failure."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from offhook.core.dead_air import DeadAir
from offhook.dev.server import LocalServer
from offhook.testing import faults
from offhook.testing.drill.lines import ANSWERS, LINES, answers
from offhook.testing.faults import Fault
from offhook.testing.sandbox import Offline, Oracle, Sandbox

pytestmark = pytest.mark.live

AGENT = Path(__file__).parent / "agents" / "brief.py"
LINE = LINES[0]
PLAN = DeadAir()
MOST = 8.0
"""Seconds until the caller hears something, also on a busy machine; simulated drills prove the exact times."""

WorkerOn = Callable[..., AbstractContextManager[Any]]

CASES: list[tuple[Fault, str, str]] = [
    (faults.openai.hangs(times=1, turn=1), PLAN.fillers[0], "RetryAnswer"),
    (faults.cartesia.drop_after(0.7, turn=1), "", "ResponseTimed"),
    (faults.deepgram.deaf(turn=1), PLAN.no_match_text, "Say"),
]
"""A fault, the first heard line of offhook ("": the answer itself), and the journal records about the fault."""


@pytest.fixture(scope="module")
def place() -> tuple[int, dict[str, str]]:
    """The port of the sandboxes of all tests, and the variables that lead a worker there."""

    async def found() -> tuple[int, dict[str, str]]:
        async with Sandbox() as sandbox:
            return int(sandbox.url.rpartition(":")[2]), sandbox.environ()

    return asyncio.run(found())


@pytest.fixture(scope="module")
def desk(
    livekit: LocalServer, worker_on: WorkerOn, place: tuple[int, dict[str, str]], tmp_path_factory: Any
) -> Iterator[Any]:
    """One worker for all faults; each test runs a sandbox with its own fault."""
    journal = tmp_path_factory.mktemp("faults") / "journal.db"
    with worker_on(AGENT, livekit, journal, "faults", "--dev", **place[1]) as desk:
        yield desk


async def answered(desk: Any, room: str) -> None:
    """Every word of the answer is heard exactly once."""
    aside, answer = {"Hello.", *PLAN.fillers}, ANSWERS[LINE].split()
    for _ in range(300):
        said = [text for text in desk.said(room) if text not in aside]
        if " ".join(said).split() == answer:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{said} instead of {answer}")


async def one_call(desk: Any, room: str, line: str, fact: str) -> None:
    async with desk.caller(room) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        await caller.quiet(for_=0.6)
        said = await caller.say(LINE)
        await caller.hears(since=said.ended_at, timeout=MOST)
        await desk.tells(room, fact)
        if line:
            assert (await desk.tells(room, "MessageCommitted", text=line)).body["role"] == "assistant"
            await caller.reads(line)
            assert [one.text for one in caller.transcript if one.who == "agent"].count(line) == 1
        else:
            await answered(desk, room)
        await caller.hang_up()
    assert (await desk.over(room))["reason"] == "caller_hung_up"


@pytest.mark.parametrize(("fault", "line", "fact"), CASES, ids=["openai", "cartesia", "deepgram"])
async def test_a_fault_of_each_provider_is_bridged_in_a_real_room(
    desk: Any, place: tuple[int, dict[str, str]], room: str, fault: Fault, line: str, fact: str
) -> None:
    async with Sandbox(stt=Oracle(LINE), llm=answers, tts=Offline(), port=place[0]) as sandbox:
        fault.install(sandbox)
        await one_call(desk, room, line, fact)
