"""Ends with a failing server, in real rooms: the room is closed as soon as possible, and no caller stays connected."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.live.gateway import Gateway, running_gateway

from offhook.control.api import connect

pytestmark = pytest.mark.live

AGENT = Path(__file__).parent / "agents" / "ending.py"
LAST_WORDS = "Thank you for calling the stage and have a very pleasant evening."
TRIES = 5


@dataclass(frozen=True, slots=True)
class Ends:
    """A worker behind a gateway; the callers connect to the server directly."""

    stage: Any
    gateway: Gateway


@pytest.fixture(scope="module")
def ends(
    livekit: Any, worker_on: Callable[..., AbstractContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ends]:
    journal = tmp_path_factory.mktemp("ending") / "journal.db"
    with (
        running_gateway(livekit.url) as gateway,
        worker_on(AGENT, replace(livekit, url=gateway.url), journal, "ending") as stage,
    ):
        yield Ends(replace(stage, server=livekit), gateway)


def job_of(stage: Any, room: str) -> psutil.Process:
    """The process of the call in this room."""
    call = stage.records(room)[0].call
    line = next(one for one in stage.worker.lines if "picked up" in one and call in one)
    return psutil.Process(json.loads(line)["pid"])


async def agents_in(stage: Any, room: str) -> int:
    server = stage.server
    async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as api:
        return sum("agent" in one.identity for one in await api.list_participants(room))


async def one_end(ends: Ends, room: str, troubles: list[str]) -> tuple[object, ...]:
    ends.gateway.breaks(room, troubles)
    async with ends.stage.caller(room) as caller:
        reason = await caller.ended(timeout=30)
    ended = await ends.stage.over(room)
    closed = ends.stage.bodies(room, "HangUpDone")
    return reason, ended["reason"], ended["detail"], closed[0]["attempts"], ends.gateway.asked("DeleteRoom", room)


@pytest.mark.exact
async def test_a_room_is_closed_as_soon_as_the_server_answers_again(ends: Ends, room: str) -> None:
    troubles = (["500"] * 3, ["429"] * 2, ["hang"], ["refuse", "html"])
    calls = [one_end(ends, f"{room}-{number}", some) for number, some in enumerate(troubles)]
    assert await asyncio.gather(*calls) == [
        ("ROOM_DELETED", "agent_ended", "", len(some) + 1, len(some) + 1) for some in troubles
    ]


async def left_open(ends: Ends, room: str) -> None:
    """The API fails for a while: the agent leaves, the journal has the reason, the main process closes the room."""
    ends.gateway.breaks(room, ["500"], ever=True)
    async with ends.stage.caller(room) as caller:
        ended = await ends.stage.tells(room, "Ended", timeout=30)
        assert ended.body["detail"] == "left open: internal (500): out of order"
        assert not caller.left.is_set()
        assert await agents_in(ends.stage, room) == 0
        assert ends.gateway.asked("DeleteRoom", room) == TRIES
        ends.gateway.mends(room)
        assert await caller.ended(timeout=20) == "ROOM_DELETED"


async def cut_off(ends: Ends, room: str) -> None:
    """The server can remove a caller but not close the room."""
    ends.gateway.breaks(room, ["500"] * TRIES)
    async with ends.stage.caller(room) as caller:
        assert await caller.ended(timeout=30) == "PARTICIPANT_REMOVED"
    detail = str((await ends.stage.over(room))["detail"])
    assert detail == "left open: internal (500): out of order (the caller was cut off instead)"


async def killed(ends: Ends, room: str) -> None:
    """The job process dies, and then the server fails too."""
    ends.gateway.breaks(room, ["500"] * 3)
    async with ends.stage.caller(room, ends=0) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        job_of(ends.stage, room).kill()
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    assert ends.gateway.asked("DeleteRoom", room) == len(["500"] * 3) + 1


async def test_a_room_that_was_left_open_is_closed_by_the_main_process(ends: Ends, room: str) -> None:
    await asyncio.gather(left_open(ends, f"{room}-open"), cut_off(ends, f"{room}-cut"), killed(ends, f"{room}-killed"))


async def test_337_wishes_to_end_have_one_effect_at_the_server(ends: Ends, room: str) -> None:
    async with ends.stage.caller(room, ends=337) as caller:
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    await ends.stage.over(room)
    assert ends.stage.said(room) == ["Hello.", LAST_WORDS]
    assert ends.gateway.asked("DeleteRoom", room) == 1
    assert [len(ends.stage.bodies(room, name)) for name in ("EndRequested", "Note", "HangUp")] == [337, 336, 1]
    assert ends.stage.bodies(room, "EndRequested")[0]["by"] == "wish 0"


async def forever(ends: Ends, room: str) -> None:
    """An entrypoint that never returns."""
    async with ends.stage.caller(room, forever=True) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        job = job_of(ends.stage, room)
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
        closed_at = time.monotonic()
    ended = await ends.stage.tells(room, "Ended", timeout=8)
    assert (ended.body["reason"], ends.stage.said(room)) == ("limit", ["Hello.", "Time is up."])
    assert [one["name"] for one in ends.stage.bodies(room, "HookRan")] == ["stumble", "hang"]
    await asyncio.to_thread(job.wait, 20)
    assert time.monotonic() - closed_at < 17


def notes(file: Path) -> list[object]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


async def hooks(ends: Ends, room: str, file: Path) -> None:
    """Hooks of the plan get the call; a hook that hangs does not affect the others."""
    names = ["save", "stumble", "hang", "send"]
    async with ends.stage.caller(room, file=str(file), hooks=names) as caller:
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
        assert "HookRan" not in {one.name for one in ends.stage.records(room)}
    ended = await ends.stage.tells(room, "Ended")
    ran = [one for one in ends.stage.records(room) if one.name == "HookRan"]
    assert [(one.body["name"], one.body["error"]) for one in ran] == [
        ("save", ""),
        ("stumble", "ConnectionError: no database"),
        ("hang", "no result within 5.0 s"),
        ("send", ""),
    ]
    closed = await ends.stage.tells(room, "HangUpDone")
    assert closed.seq < ran[0].seq
    assert ended.seq > ran[-1].seq
    assert notes(file) == [
        {"seen": ["assistant: Hello.", f"assistant: {LAST_WORDS}", "closed room"], "by": "caller"},
        {"sync": "agent_ended", "said": 2},
        {"async": "agent_ended"},
    ]


async def test_the_line_goes_first_and_what_follows_is_bounded(ends: Ends, room: str, tmp_path: Path) -> None:
    await asyncio.gather(forever(ends, f"{room}-ever"), hooks(ends, f"{room}-hooks", tmp_path / "notes"))


async def last_words(ends: Ends, room: str) -> None:
    """The page has all words after the room is closed; if not, the journal says why."""
    async with ends.stage.caller(room) as caller:
        assert await caller.ended(timeout=30) == "ROOM_DELETED"
        read = [(line.text, line.final) for line in caller.transcript]
    await ends.stage.over(room)
    journal = "\n".join(f"{one.elapsed:7.3f} {one.name} {dict(one.body)}" for one in ends.stage.records(room))
    assert read == [("Hello.", True), (LAST_WORDS, True)], journal


@pytest.mark.exact
async def test_the_last_words_are_read_whole_before_the_room_goes_in_10_of_10_calls(ends: Ends, room: str) -> None:
    for batch in "ab":
        await asyncio.gather(*(last_words(ends, f"{room}-{batch}{number}") for number in range(5)))


async def test_own_code_that_leaves_the_room_takes_the_caller_out_of_it(ends: Ends, room: str) -> None:
    async with ends.stage.caller(room, leaves=True) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        assert await caller.ended(timeout=20) == "ROOM_DELETED"
    ended = await ends.stage.over(room)
    assert (ended["reason"], ended["detail"]) == ("agent_ended", "room.disconnect()")
