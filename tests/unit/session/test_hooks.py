"""Hooks after the call: independent, limited in time, and all recorded in the journal."""

import asyncio
import threading
from typing import Any

from livekit.agents import AgentSession

from offhook.core.call import Call, Caller
from offhook.core.facts import Ended, Fact, HookRan
from offhook.session.hooks import FinishedCall, run_hooks


async def run(*hooks: Any) -> tuple[list[Fact], FinishedCall]:
    told: list[Fact] = []
    finished = FinishedCall(Call("call-1", "room", Caller("anna")), Ended("agent_ended"), AgentSession())
    await run_hooks(hooks, finished, told.append)
    return told, finished


async def test_each_hook_gets_the_finished_call() -> None:
    given: list[object] = []

    async def save(call: FinishedCall) -> None:
        await asyncio.sleep(1)
        given.append(call)

    def note(call: FinishedCall) -> None:
        given.append((call, threading.current_thread().name))

    told, finished = await run(save, note)
    assert given == [finished, (finished, "offhook hook")]
    assert [(one.name.rpartition(".")[2], one.error) for one in told if isinstance(one, HookRan)] == [
        ("save", ""),
        ("note", ""),
    ]
    assert told[0].seconds == 1.0  # type: ignore[union-attr]  # a HookRan


async def test_a_hook_that_raises_does_not_take_the_others_with_it() -> None:
    def stumble(call: FinishedCall) -> None:
        raise LookupError("no such table")

    ran: list[str] = []
    told, _ = await run(stumble, lambda call: ran.append("second"))
    assert ran == ["second"]
    assert [one.error for one in told if isinstance(one, HookRan)] == ["LookupError: no such table", ""]


async def test_hooks_that_hang_have_five_seconds_each_and_twelve_together() -> None:
    async def hang(call: FinishedCall) -> None:
        await asyncio.Event().wait()

    before = asyncio.get_running_loop().time()
    told, _ = await run(hang, hang, hang, hang)
    assert asyncio.get_running_loop().time() - before == 12
    assert [one.error for one in told if isinstance(one, HookRan)] == [
        "no result within 5.0 s",
        "no result within 5.0 s",
        "no result within 2.0 s",
        "not started: all hooks together have 12 s",
    ]


async def test_a_plain_function_that_hangs_is_given_up_too() -> None:
    release = threading.Event()
    try:
        told, _ = await run(lambda call: release.wait())
    finally:
        release.set()
    assert [one.error for one in told if isinstance(one, HookRan)] == ["no result within 5.0 s"]


async def test_a_plain_function_may_return_something_to_wait_for() -> None:
    ran: list[str] = []

    async def later() -> None:
        ran.append("later")

    await run(lambda call: later())
    assert ran == ["later"]
