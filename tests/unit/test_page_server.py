"""The talk page's server answers only the page."""

import asyncio
import http.client
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import psutil
import pytest

from offhook.core.errors import ServerError, SettingsError
from offhook.core.record import Record
from offhook.dev.page.config import PageConfig
from offhook.dev.page.security import headers
from offhook.dev.page.serve import talk_page
from offhook.dev.worker_status import WorkerStatus
from offhook.journal.writer import Journal

KEY, SECRET = "key", "s" * 32
REGISTERED = b'INFO registered worker {"agent_name": "desk", "id": "AW_1"}\n'


@dataclass(frozen=True)
class Served:
    """A served page, and the lines that the server printed."""

    port: int
    status: WorkerStatus
    journal: Path
    said: list[str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, **given: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=given)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def token(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Return the answer to a token request, and the claims of the token."""
        answer, body = self.ask("POST", "/token", Origin=self.origin)
        assert answer.status == 200
        answered = json.loads(body)
        return answered, jwt.decode(answered["token"], SECRET, algorithms=["HS256"])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    client = tmp_path / "livekit-client.umd.js"
    client.write_text("// LiveKit's")
    status, said, journal = WorkerStatus(), [], tmp_path / "journal.db"
    config = PageConfig("ws://127.0.0.1:7880", KEY, SECRET, "agent.py", journal, "models: none\nset a key")
    with talk_page(config, status, livekit_client=client, port=0, say=said.append) as address:
        yield Served(int(address.rpartition(":")[2]), status, journal, said)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/main.js", "text/javascript"),
        ("/page.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
        ("/livekit-client.js", "text/javascript"),
    ],
)
def test_the_page_is_made_of_files_of_its_own(served: Served, path: str, kind: str) -> None:
    answer, body = served.ask("GET", path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    assert body


@pytest.mark.parametrize("path", ["/desk.py", "/../desk.py", "/%2e%2e/desk.py", "/site/main.js", "/nothing"])
def test_nothing_else_is_shown(served: Served, path: str) -> None:
    answer, _ = served.ask("GET", path)
    assert answer.status == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("POST", "/token")])
def test_every_answer_lets_the_browser_do_nothing_but_what_the_page_needs(
    served: Served, method: str, path: str
) -> None:
    told = served.ask(method, path)[0].headers
    policy = dict(rule.split(" ", 1) for rule in told["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:7880 http://127.0.0.1:7880"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == "no-referrer"
    assert told["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in told


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "10.0.0.1:80"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/token"), ("GET", "/socket")])
def test_a_foreign_name_that_leads_here_is_refused(served: Served, host: str, method: str, path: str) -> None:
    answer, body = served.ask(method, path, Host=host, Origin=f"http://{host}")
    assert answer.status == 403
    assert b"eyJ" not in body


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "http://localhost:1", "https://127.0.0.1:{port}", "http://127.0.0.1"],
)
def test_a_token_is_for_the_page_itself_only(served: Served, origin: str | None) -> None:
    given = {} if origin is None else {"Origin": origin.format(port=served.port)}
    answer, body = served.ask("POST", "/token", **given)
    assert answer.status == 403
    assert b"eyJ" not in body


@pytest.mark.parametrize("name", ["localhost:{port}", "127.0.0.1:9000", "localhost"])
def test_every_name_of_this_machine_will_do_also_through_a_tunnel(served: Served, name: str) -> None:
    host = name.format(port=served.port)
    assert served.ask("POST", "/token", Host=host, Origin=f"http://{host}")[0].status == 200


def test_a_token_cannot_be_had_by_a_link(served: Served) -> None:
    assert served.ask("GET", "/token", Origin=served.origin)[0].status == 404


def test_a_token_is_for_one_new_room_with_microphone_and_typing_for_fifteen_minutes(served: Served) -> None:
    answered, claims = served.token()
    assert answered["url"] == "ws://127.0.0.1:7880"
    assert claims["video"] == {
        "roomJoin": True,
        "room": answered["room"],
        "canPublish": True,
        "canPublishData": True,
        "canSubscribe": True,
        "canPublishSources": ["microphone"],
        "canUpdateOwnMetadata": False,
    }
    assert claims["exp"] - claims["nbf"] == 900


def test_each_call_has_a_room_and_a_caller_of_its_own(served: Served) -> None:
    (first, one), (second, other) = served.token(), served.token()
    assert first["room"] != second["room"]
    assert one["sub"] != other["sub"]


def test_the_agent_is_sent_for_by_the_name_that_it_registered_with(served: Served) -> None:
    assert "roomConfig" not in served.token()[1], "without a name an agent comes by itself"
    served.status.on_output(REGISTERED)
    assert served.token()[1]["roomConfig"]["agents"] == [{"agentName": "desk", "metadata": ""}]


@asynccontextmanager
async def line(served: Served) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        asyncio.timeout(30),
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{served.origin}/socket", headers={"Origin": served.origin}) as socket,
    ):
        yield socket


async def test_the_line_tells_how_the_worker_is_and_every_change_of_it(served: Served) -> None:
    async with line(served) as socket:
        first = await socket.receive_json()
        assert first.pop("boot")
        about = {"about": "worker", "file": "agent.py", "models": "models: none\nset a key"}
        assert first == {**about, "phase": "starting", "agent": "", "broken": []}
        served.status.on_output(REGISTERED)
        assert (await socket.receive_json()).items() >= {"phase": "ready", "agent": "desk"}.items()
        served.status.on_compiled("desk.py", "desk.py line 1: SyntaxError")
        assert (await socket.receive_json())["broken"] == ["desk.py line 1: SyntaxError"]


async def test_another_sites_page_cannot_listen(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{served.origin}/socket", headers={"Origin": "http://evil.example"})
    assert refused.value.status == 403


def wrote(served: Served, *records: Record) -> None:
    journal = Journal.open(served.journal)
    for record in records:
        journal.append(record)
    journal.close()


@pytest.mark.slow
async def test_the_line_tells_who_took_the_call_and_why_it_ended(served: Served) -> None:
    room = (await asyncio.to_thread(served.token))[0]["room"]
    now = time.time()
    async with line(served) as socket:
        await socket.receive_json()
        await socket.send_str(json.dumps({"follow": room}))
        wrote(served, Record("AJ_0123456789", 0, now, 0, "fact", "JobAccepted", {"room": room}))
        told = await socket.receive_json()
        assert (
            told.items() >= {"about": "call", "state": "taken", "show": "offhook show AJ_0123456", "words": ""}.items()
        )
        wrote(served, Record("AJ_0123456789", 1, now, 1, "decision", "HangUp", {"scope": "room", "reason": "limit"}))
        told = await socket.receive_json()
        assert (told["state"], told["words"]) == ("ending", "The call reached its time limit.")
        over = {"reason": "error", "detail": "the job process died", "seconds": 1.0}
        wrote(served, Record("AJ_0123456789", 2, now, 1, "fact", "Ended", over))
        told = await socket.receive_json()
        assert (told["state"], told["detail"]) == ("ended", "the job process died")


async def test_the_line_tells_nothing_of_calls_that_are_not_the_pages(served: Served) -> None:
    mine = (await asyncio.to_thread(served.token))[0]["room"]
    now = time.time()
    wrote(
        served,
        Record("AJ_other", 0, now, 0, "fact", "JobAccepted", {"room": "other"}),
        Record("AJ_mine", 0, now, 0, "fact", "JobAccepted", {"room": mine}),
    )
    async with line(served) as socket:
        await socket.receive_json()
        for asked in ({"follow": "other"}, ["nonsense"], {"follow": {}}, {"follow": mine}):
            await socket.send_str(json.dumps(asked))
        assert (await socket.receive_json())["call"] == "AJ_mine"


async def test_a_page_that_is_open_does_not_hold_up_the_end(tmp_path: Path) -> None:
    config = PageConfig("ws://127.0.0.1:7880", KEY, SECRET, "agent.py")
    page = talk_page(config, WorkerStatus(), livekit_client=tmp_path / "client.js", port=0, say=lambda _line: None)
    address = page.__enter__()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{address}/socket", headers={"Origin": address}) as socket,
    ):
        await socket.receive_json()
        closing = asyncio.create_task(asyncio.to_thread(page.__exit__, None, None, None))
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        await asyncio.wait_for(closing, 30)


def test_a_port_that_is_taken_is_replaced_and_that_is_said(served: Served, tmp_path: Path) -> None:
    said: list[str] = []
    config = PageConfig("ws://127.0.0.1:7880", KEY, SECRET, "agent.py")
    with talk_page(
        config, WorkerStatus(), livekit_client=tmp_path / "client.js", port=served.port, say=said.append
    ) as address:
        other = int(address.rpartition(":")[2])
    assert other != served.port
    assert said == [f"port {served.port} is taken by another program; the talk page uses {other}"]
    assert served.said == []


def test_a_port_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    config = PageConfig("ws://127.0.0.1:7880", KEY, SECRET, "agent.py")
    with (
        pytest.raises(ServerError, match="port 70000 does not exist"),
        talk_page(config, WorkerStatus(), livekit_client=tmp_path / "client.js", port=70000, say=lambda _line: None),
    ):
        pass


def test_no_other_machine_can_reach_the_page(served: Served) -> None:
    ours = psutil.Process().net_connections("inet")
    assert {one.laddr.ip for one in ours if one.status == "LISTEN" and one.laddr.port == served.port} == {"127.0.0.1"}


def policy(url: str) -> str:
    return headers(url)["Content-Security-Policy"]


def test_in_the_cloud_the_other_regions_may_be_reached_too() -> None:
    allowed = (
        "'self' wss://desk.livekit.cloud https://desk.livekit.cloud wss://*.livekit.cloud https://*.livekit.cloud;"
    )
    assert f"connect-src {allowed}" in policy("wss://desk.livekit.cloud")
    assert "*" not in policy("wss://livekit.cloud.example:443/path")


@pytest.mark.parametrize("url", ["ws://", "ws://host; script-src *", "ws://a,b", "ws://user:pass@host"])
def test_an_address_that_would_change_the_policy_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="LIVEKIT_URL"):
        policy(url)


def test_the_secret_is_in_no_text_about_the_page() -> None:
    assert SECRET not in repr(PageConfig("ws://127.0.0.1:7880", KEY, SECRET, "agent.py"))
