"""Failures in real rooms: the caller hears a sentence, the room closes, and the journal has the reason."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from offhook.core.ending import Ending
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

OWN = Path(__file__).parent / "agents" / "own.py"
HALF = Path(__file__).parent / "agents" / "half.py"

TROUBLES: list[tuple[dict[str, object], str]] = [
    ({"trouble": "raises"}, "LookupError: no such tenant"),
    ({"trouble": "hangs"}, "returned no plan within 2 s"),
    ({"trouble": "nonsense"}, "return an offhook.Plan, reject(…) or answer_and_refuse(…)"),
    ({"session": {"turn_detection": "vadd"}}, "did you mean 'vad'?"),
    ({"ending": {"scope": "planet"}}, "use 'agent', 'caller' or 'room'"),
]
OWN_TROUBLES: list[tuple[dict[str, object], str]] = [
    ({"metadata": "before the session"}, "ValueError: too early"),
    ({"metadata": "after the session"}, "ValueError: too late"),
    ({"metadata": "misspelt"}, "did you mean 'vad'?"),
]


async def apology(stage: Any, room: str, **wanted: object) -> str:
    """The journal of a call that could only play the apology."""
    async with stage.caller(room, **wanted) as caller:
        heard = await caller.hears(since=caller.joined_at, timeout=20)
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
        assert caller.heard[-1].ended_at - heard.started_at > 1.5
    ended = await stage.over(room)
    assert ended["reason"] == "error"
    return str(ended["detail"])


async def apologies(stage: Any, room: str, troubles: list[tuple[dict[str, object], str]]) -> list[str]:
    """The failures whose reason is missing in the journal; all calls run at the same time."""
    calls = [apology(stage, f"{room}-{number}", **wanted) for number, (wanted, _) in enumerate(troubles)]
    pairs = zip(troubles, await asyncio.gather(*calls), strict=True)
    return [f"{why!r} is not in {detail!r}" for (_, why), detail in pairs if why not in detail]


@pytest.mark.exact
async def test_calls_without_a_plan_are_apologised_for(stage: Any, room: str) -> None:
    assert await apologies(stage, room, TROUBLES) == []


async def dies(stage: Any, room: str, organ: str) -> str:
    async with stage.caller(room, dead=organ) as caller:
        await stage.tells(room, "SessionStarted", timeout=20)
        await caller.type("hello")
        heard = await caller.hears(timeout=20)
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
        sounds = [one.ended_at - one.started_at for one in caller.heard if one.started_at >= heard.started_at]
        assert sum(sounds) > 2, "that was no apology"
        assert [line.text for line in caller.transcript if line.who == "agent"].count(Ending().apology) == 1
    ended = await stage.over(room)
    assert ended["reason"] == "error"
    return str(ended["detail"])


async def test_sessions_that_die_are_apologised_for(stage: Any, room: str) -> None:
    organs = ("brain", "voice")
    details = await asyncio.gather(*(dies(stage, f"{room}-{organ}", organ) for organ in organs))
    assert [f"the {organ} is dead" in detail for organ, detail in zip(organs, details, strict=True)] == [True, True]


async def test_a_handler_that_raises_changes_nothing_for_the_caller(stage: Any, room: str) -> None:
    stumbling = ["user_state_changed", "agent_state_changed", "conversation_item_added", "user_input_transcribed"]
    async with stage.caller(room, stumbling=stumbling) as caller:
        await caller.hears(since=caller.joined_at)
        await caller.quiet(for_=0.4)
        said = await caller.say("what are your opening hours")
        words = await stage.tells(room, "MessageCommitted", role="user")
        await stage.tells(room, "MessageCommitted", role="assistant", after=words.seq)
        await caller.hears(since=said.ended_at)
        await caller.quiet(for_=0.4)
        await caller.type("hang up")
        await caller.ended()
    assert (await stage.over(room))["reason"] == "agent_ended"
    assert {one["event"] for one in stage.bodies(room, "HandlerFailed")} == set(stumbling)


async def test_an_entrypoint_that_raises_under_supervision_is_apologised_for(
    worker_for: Callable[..., AbstractContextManager[Any]], room: str, tmp_path: Path
) -> None:
    with worker_for(OWN, tmp_path / "journal.db", "own") as own:
        assert await apologies(own, room, OWN_TROUBLES) == []


@pytest.fixture(scope="module")
def half(
    worker_on: Callable[..., AbstractContextManager[Any]],
    livekit: LocalServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    with worker_on(HALF, livekit, tmp_path_factory.mktemp("half") / "journal.db", "half") as running:
        yield running


async def test_an_agent_that_fails_right_after_joining_apologises_and_closes_the_room(half: Any, room: str) -> None:
    assert "no certificates" in await apology(half, room, metadata="api")


async def test_a_room_whose_agent_cannot_join_is_closed_at_once(half: Any, room: str) -> None:
    async with half.caller(room, metadata="room") as caller:
        assert await caller.ended(timeout=8) == "ROOM_DELETED"
    assert (await half.over(room))["reason"] == "error"
    assert await half.tells(room, "ActionFailed", what="join the room")
