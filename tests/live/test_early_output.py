"""The agent's audio track is published while the plan function runs, so that the greeting is heard sooner."""

import json
from typing import Any

import pytest

from offhook.testing import Caller, Phone

pytestmark = pytest.mark.live

WAITS = "waits for its track"


def tracks(caller: Caller) -> list[str]:
    """The names of the tracks that the agent publishes now."""
    others = caller._participant.room.remote_participants.values()
    return [track.name for one in others for track in one.track_publications.values()]


async def greeted(stage: Any, room: str, **metadata: str) -> list[str]:
    async with stage.caller(room, metadata=json.dumps(metadata)) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        await caller.reads("Hello.")
        found = tracks(caller)
        await caller.hang_up()
    assert (await stage.over(room))["reason"] == "caller_hung_up"
    return found


async def test_the_track_is_published_before_the_plan_returns_and_the_session_uses_it(stage: Any, room: str) -> None:
    assert await greeted(stage, room, trouble=WAITS) == ["roomio_audio"]


async def test_a_plan_with_another_track_gets_that_track_and_no_other(stage: Any, room: str) -> None:
    assert await greeted(stage, room, trouble=WAITS, track="mine") == ["mine"]


async def test_no_track_answers_a_phone_that_rings_before_the_plan_returns(stage: Any, room: str) -> None:
    metadata = json.dumps({"trouble": WAITS})
    async with stage.caller(room, metadata=metadata, phone=Phone(status="ringing")) as caller:
        failed = await stage.tells(room, "PlanFailed")
        assert "2 s" in str(failed.body["error"])
        await caller.hang_up()
    await stage.over(room)
