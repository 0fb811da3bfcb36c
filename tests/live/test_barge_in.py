"""A caller who interrupts the agent in a real call: the agent is silent long before the caller's words are over."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.live.agents.interrupted import STORY

pytestmark = [pytest.mark.live, pytest.mark.exact]

FILE = Path(__file__).parent / "agents" / "interrupted.py"
WARM_UP = 3.5
"""LiveKit ignores the caller in the first 3 s of the agent's speech."""


async def test_the_agent_is_silent_at_the_first_sound_and_knows_what_was_heard(
    livekit: Any, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path: Path, room: str
) -> None:
    with worker_on(FILE, livekit, tmp_path / "journal.db", "interrupted") as desk:
        async with desk.caller(room) as caller:
            await caller.hears(timeout=40)
            await asyncio.sleep(WARM_UP)
            words = await caller.say("wait one more thing")
            await desk.tells(room, "SpeechEnded", interrupted="turn", timeout=30)
        await desk.over(room)
    paused, ended = (desk.records(room, names=[name])[0].elapsed for name in ("PlayoutPaused", "SpeechEnded"))
    assert paused < ended - 0.5  # the final transcript comes after the words
    silent = max(one.ended_at for one in caller.heard if one.started_at < words.started_at)
    assert silent < words.ended_at, caller.timeline()
    said = next(body for body in desk.bodies(room, "MessageCommitted") if body["role"] == "assistant")
    assert said["interrupted"]
    assert 20 < len(said["text"]) < len(STORY) - 60
