"""`offhook listen` hears a call on a real server, and the call is the same with and without it."""

import asyncio
import signal
import socket
import urllib.error
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from livekit import rtc
from tests.live.in_process import offhook
from tests.live.listening import Listening, listening
from tests.live.test_tokens import arrives, joined, may, publish

from offhook.control.api import connect
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

ANSWER = "We are open all day."


@asynccontextmanager
async def page_in(page: Listening) -> AsyncIterator[tuple[rtc.Room, asyncio.Event]]:
    """Join as the page does, with a token of its server. The event is set when the listener is disconnected."""
    access = await asyncio.to_thread(page.post, "/token")
    seat, gone = rtc.Room(), asyncio.Event()
    seat.on("disconnected", lambda *_: gone.set())
    await seat.connect(access["url"], access["token"])
    try:
        yield seat, gone
    finally:
        await seat.disconnect()


@pytest.mark.parametrize("seen", [False, True], ids=["hidden", "visible"])
async def test_a_call_is_the_same_with_a_listener_and_ends_although_one_is_there(
    stage: Any, room: str, tmp_path: Path, seen: bool
) -> None:
    options = ["--visible", "--name", "Coach"] if seen else []
    async with stage.caller(room) as caller:
        await caller.hears(since=caller.joined_at)
        with listening(stage.server, tmp_path, room, *options) as page:
            async with page_in(page) as (seat, gone):
                assert caller.identity in seat.remote_participants
                heard = asyncio.Event()
                seat.on("track_subscribed", lambda *_: heard.set())
                await caller.type("what are your opening hours")
                await stage.tells(room, "MessageCommitted", role="assistant", text=ANSWER)
                await caller.type("hang up")
                assert (await stage.over(room))["reason"] == "agent_ended"
                await asyncio.wait_for(gone.wait(), 10)
                await asyncio.wait_for(caller.left.wait(), 10)
                assert heard.is_set()
            assert not any("eyJ" in line for line in page.worker.lines), "a token is printed"
    assert [one["identity"] for one in stage.bodies(room, "CallerFound")] == ["caller"]
    assert stage.bodies(room, "OtherParticipants") == []
    assert stage.bodies(room, "HangUpDone")[0]["scope"] == "room"


async def test_a_caller_who_hangs_up_ends_the_call_although_a_listener_stays(
    stage: Any, room: str, tmp_path: Path
) -> None:
    async with stage.caller(room) as caller:
        await caller.hears(since=caller.joined_at)
        with listening(stage.server, tmp_path, room) as page:
            async with page_in(page) as (_seat, gone):
                await caller.hang_up()
                assert (await stage.over(room))["reason"] == "caller_hung_up"
                await asyncio.wait_for(gone.wait(), 10)


async def test_a_token_of_the_page_publishes_nothing_and_is_not_seen(
    livekit: LocalServer, room: str, tmp_path: Path
) -> None:
    async with joined(livekit, room, "ada", "caller") as ada:
        with listening(livekit, tmp_path, room) as page:
            page.worker.wait_for(f"no agent is in room {room!r} now; you hear everybody else")
            async with page_in(page) as (seat, gone):
                assert not await may(publish(seat, rtc.TrackSource.SOURCE_MICROPHONE))
                assert not await arrives(seat, ada)
                assert await arrives(ada, seat)
                assert list(ada.remote_participants) == []
                assert page.worker.stop(signal.SIGINT) == 0
                await asyncio.wait_for(gone.wait(), 5)
                assert ada.isconnected()


async def test_after_its_minutes_nobody_listens(livekit: LocalServer, room: str, tmp_path: Path) -> None:
    async with joined(livekit, room, "ada", "caller"):
        with listening(livekit, tmp_path, room, "--minutes", "0.05") as page:
            async with page_in(page) as (_seat, gone):
                await asyncio.wait_for(gone.wait(), 10)
                assert await asyncio.to_thread(page.worker.process.wait, 10) == 0


async def test_each_visit_gets_a_token_of_its_own_and_none_after_the_room_was_closed(
    livekit: LocalServer, room: str, tmp_path: Path
) -> None:
    async with joined(livekit, room, "ada", "caller"):
        with listening(livekit, tmp_path, room) as page:
            first, second = [(await asyncio.to_thread(page.post, "/token"))["token"] for _ in range(2)]
            assert first != second

            async with connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api:
                await api.delete_room(room)
            with pytest.raises(urllib.error.HTTPError) as refusal:
                await asyncio.to_thread(page.post, "/token")
            assert refusal.value.code == 409
            assert f"there is no room {room!r}" in refusal.value.read().decode()


async def test_a_late_visit_opens_the_room_without_an_agent(livekit: LocalServer, room: str, tmp_path: Path) -> None:

    async with (
        connect(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as api,
        joined(livekit, room, "ada", "caller"),
    ):
        with listening(livekit, tmp_path, room) as page:
            access = await asyncio.to_thread(page.post, "/token")
            await api.delete_room(room)
            late = rtc.Room()
            await late.connect(access["url"], access["token"])
            dispatches = await api.services.agent_dispatch.list_dispatch(room)
            await late.disconnect()
    assert [one.agent_name for one in dispatches] == ["offhook-listen-no-agent"]


async def test_what_is_wrong_is_one_line(livekit: LocalServer, room: str, tmp_path: Path) -> None:
    async def refused(*arguments: str, **environ: str) -> str:
        done = await offhook("listen", *arguments, folder=tmp_path, environ={**livekit.variables(), **environ})
        assert done.code == 2
        return done.out + done.err

    async with joined(livekit, room, "ada", "caller"):
        output = await refused(f"{room}x")
        assert output.startswith(f"offhook: there is no room '{room}x' on {livekit.url}; open rooms: ")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            output = await refused(room, "--port", str(port))
        assert output.splitlines()[-1] == (
            f"offhook: port {port} is taken by another program; choose another port, or 0 for a free port"
        )
        assert await refused(room, LIVEKIT_URL="ws://127.0.0.1:1") == (
            "offhook: ws://127.0.0.1:1 does not answer (ClientConnectorError): is the LiveKit server running there?\n"
        )
