"""A warm transfer on a real server: who hears whom while a colleague is briefed, and after the two are joined."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offhook.dev.server import LocalServer
from offhook.testing import Callee, Phone, SipService

pytestmark = pytest.mark.live

AGENT = Path(__file__).parents[1] / "unit" / "simulation" / "agents" / "connector.py"


@pytest.fixture
async def exchange(livekit: LocalServer, worker_on: Any, tmp_path: Path) -> AsyncIterator[tuple[SipService, Any]]:
    key: dict[str, Any] = {"api_key": livekit.api_key, "api_secret": livekit.api_secret, "trunks": ["ST_simulated"]}
    async with SipService(livekit.url, **key, callees=[Callee(after=0.5)]) as sip:
        with ExitStack() as stack:
            running = worker_on(AGENT, replace(livekit, url=sip.url), tmp_path / "journal.db", "connector")
            yield sip, await asyncio.to_thread(stack.enter_context, running)


async def test_the_briefing_is_private_and_then_the_caller_and_the_colleague_hear_each_other(
    exchange: tuple[SipService, Any], room: str
) -> None:
    sip, stage = exchange
    async with stage.caller(room, phone=Phone()) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        agent = await caller.agent()
        await caller.press("0")
        await stage.tells(room, "TransferStarted", kind="warm")
        colleague = await sip.dialled("colleague")
        await colleague.hears(since=colleague.joined_at)
        await colleague.quiet()
        alone = await caller.say("hello")
        private = await colleague.say("hello")
        await colleague.press("1")
        await stage.tells(room, "TransferEnded", status="done")
        between = (alone.started_at, private.started_at)
        assert [one for one in colleague.heard if between[0] <= one.started_at < between[1]] == []
        assert colleague.heard_from(agent, "background_audio") == []  # no music
        assert caller.heard_from("colleague") == caller.heard_from(agent, "offhook_briefing") == []
        assert caller.heard_from(agent, "background_audio")
        assert (await stage.over(room))["reason"] == "transferred"

        said = await colleague.say("hello")
        await caller.hears(since=said.started_at)
        said = await caller.say("what are your opening hours")
        await colleague.hears(since=said.started_at)
        assert not caller.left.is_set()
        assert not colleague.left.is_set()

        await colleague.hang_up()
        await asyncio.wait_for(caller.left.wait(), 15)  # the worker closes the room of a caller who is left alone
