"""A virtual run patches the clocks, also those captured at import, and undoes every patch."""

import asyncio
import gc
import threading
import time

import pytest
from livekit.agents import llm
from livekit.agents.voice.report import SessionReport

from offhook.testing.virtual import run

CLOCKS = ("time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns")


def test_clocks_taken_at_import_are_virtual_too() -> None:
    async def main() -> float:
        await asyncio.sleep(1_000_000)
        message = llm.ChatMessage(role="user", content=["hello"])
        return message.created_at - time.time()

    assert abs(run(main())) < 1
    assert abs(llm.ChatMessage(role="user", content=["hello"]).created_at - time.time()) < 60


def test_clocks_that_dataclasses_took_are_put_back() -> None:
    def cells() -> list[object]:
        return [cell.cell_contents for cell in SessionReport.__init__.__closure__ or ()]

    before = cells()
    run(asyncio.sleep(1))
    assert time.time in before
    assert cells() == before


@pytest.mark.slow
def test_the_collector_is_as_before() -> None:
    before = (gc.get_threshold(), gc.get_freeze_count())
    during = run(_collector())
    assert during != before
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


async def _collector() -> object:
    return gc.get_threshold(), gc.get_freeze_count()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_everything_is_undone_also_after_an_error(error: type[BaseException]) -> None:
    async def main() -> None:
        raise error

    before = [getattr(time, name) for name in CLOCKS] + [threading.Thread.start]
    validator = llm.ChatMessage.__pydantic_validator__
    with pytest.raises(error):
        run(main())
    assert [getattr(time, name) for name in CLOCKS] + [threading.Thread.start] == before
    assert llm.ChatMessage.__pydantic_validator__ is validator
