"""Background work of a call that fails is recorded, and the call continues."""

import asyncio

from offhook.core.facts import ActionFailed, Fact
from offhook.session.background import run_in_background


async def test_work_that_raises_is_recorded_and_its_task_is_let_go() -> None:
    facts, tasks = list[Fact](), set[asyncio.Task[None]]()

    async def fails() -> None:
        raise RuntimeError("the track has gone")

    run_in_background(fails(), "hear a person", tasks=tasks, post=facts.append)
    await asyncio.gather(*tasks)
    assert facts == [ActionFailed("hear a person", "RuntimeError('the track has gone')")]
    assert not tasks
