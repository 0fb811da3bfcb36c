"""The listening page's server gives a token that can only hear one room, and only to its own page."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from offhook.core.errors import RoomError, ServerError, SettingsError
from offhook.core.record import Record
from offhook.dev.listen.app import ListenApp, ListenConfig
from offhook.dev.page.loopback import page_address, page_socket
from offhook.dev.page.site import open_site
from offhook.journal.writer import Journal

KEY, SECRET = "key", "s" * 32
ROOM = "desk-7"


class Served:
    """A served page. `room_open` says whether the room is open."""

    def __init__(self, tmp_path: Path, **options: Any) -> None:
        self.journal = tmp_path / "journal.db"
        self.room_open = True
        config = ListenConfig("ws://127.0.0.1:7880", KEY, SECRET, ROOM, journal=self.journal, **options)
        self.page = ListenApp(config, self._opened_at)
        self._client = tmp_path / "livekit-client.umd.js"
        self._client.write_text("// LiveKit's")

    async def _opened_at(self) -> float:
        if not self.room_open:
            raise RoomError("there is no room")
        return 1000.0

    async def open(self, stack: Any) -> "Served":
        listening = stack.enter_context(page_socket(0, say=lambda _line: None))
        self.origin = page_address(listening)
        runner = await open_site(self.page.application(self._client), listening)
        stack.push_async_callback(runner.cleanup)
        self.http = await stack.enter_async_context(aiohttp.ClientSession())
        return self

    async def post(self, path: str, **headers: str) -> tuple[int, Any]:
        given = {"Origin": self.origin, **headers}
        async with self.http.post(self.origin + path, headers=given) as answer:
            return answer.status, await (answer.json() if answer.ok else answer.text())

    async def claims(self) -> dict[str, Any]:
        _, answered = await self.post("/token")
        return jwt.decode(answered["token"], SECRET, algorithms=["HS256"])


@pytest.fixture
async def stack() -> AsyncIterator[Any]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.mark.parametrize(("visible", "hidden"), [(False, {"hidden": True}), (True, {})])
async def test_a_token_hears_one_room_for_a_minute_and_can_send_nothing(
    tmp_path: Path, stack: Any, visible: bool, hidden: dict[str, bool]
) -> None:
    served = await Served(tmp_path, name="Coach", visible=visible).open(stack)
    claims = await served.claims()
    assert claims["video"] == {
        "roomJoin": True,
        "room": ROOM,
        "canSubscribe": True,
        "canPublish": False,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
        **hidden,
    }
    assert claims["exp"] - claims["nbf"] == 60
    assert claims["name"] == "Coach"
    assert served.page.listeners == {claims["sub"]}


async def test_each_visit_is_another_listener(tmp_path: Path, stack: Any) -> None:
    served = await Served(tmp_path).open(stack)
    assert (await served.claims())["sub"] != (await served.claims())["sub"]


async def test_a_token_that_opens_a_closed_room_again_brings_no_agent(tmp_path: Path, stack: Any) -> None:
    served = await Served(tmp_path).open(stack)
    (agent,) = (await served.claims())["roomConfig"]["agents"]
    assert agent["agentName"] == "offhook-listen-no-agent"


async def test_there_is_no_token_for_a_room_that_is_closed(tmp_path: Path, stack: Any) -> None:
    served = await Served(tmp_path).open(stack)
    served.room_open = False
    assert await served.post("/token") == (409, "there is no room\n")
    assert served.page.listeners == set()


@pytest.mark.parametrize("path", ["/token", "/about", "/outcome"])
@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
async def test_only_the_page_itself_is_answered(tmp_path: Path, stack: Any, path: str, headers: dict[str, str]) -> None:
    served = await Served(tmp_path).open(stack)
    status, text = await served.post(path, **headers)
    assert status == 403
    assert "eyJ" not in text


async def test_the_page_may_not_use_a_microphone(tmp_path: Path, stack: Any) -> None:
    served = await Served(tmp_path).open(stack)
    async with served.http.get(served.origin) as answer:
        assert answer.headers["Permissions-Policy"].startswith("microphone=(), ")
        assert "Listen to a call" in await answer.text()


async def test_how_the_call_ended_is_told_from_the_listeners_side(tmp_path: Path, stack: Any) -> None:
    served = await Served(tmp_path).open(stack)
    assert await served.post("/outcome") == (200, {})
    await served.claims()
    assert await served.post("/outcome") == (200, {}), "there is no journal yet"
    ended = {"reason": "caller_hung_up", "detail": ""}
    records = [
        Record("AJ_0123456789", 0, 1001.0, 0.0, "fact", "JobAccepted", {"room": ROOM}),
        Record("AJ_0123456789", 1, 1009.0, 8.0, "fact", "Ended", ended),
    ]
    journal = Journal.open(served.journal)
    for record in records:
        journal.append(record)
    journal.close()
    _, outcome = await served.post("/outcome")
    assert outcome == {
        "state": "ended",
        "reason": "caller_hung_up",
        "words": "The caller hung up.",
        "detail": "",
        "show": "offhook show AJ_0123456",
    }


def test_a_name_that_livekit_refuses_is_refused_before_the_page_is_served(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the name has 300 characters"):
        Served(tmp_path, name="x" * 300)


def test_a_port_that_was_asked_for_and_is_taken_is_refused() -> None:
    with page_socket(0, say=lambda _line: None) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} is taken by another program; choose another port"):
            page_socket(port, say=lambda _line: None, strict=True)
