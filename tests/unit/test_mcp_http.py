"""MCP over HTTP: who may send requests, where the server listens, and what the command refuses."""

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from offhook.cli.mcp import mcp
from offhook.client import Client, CommandKey
from offhook.core.commands import Role
from offhook.core.errors import OffhookError, ServerError, SettingsError
from offhook.mcp_server.access import Access
from offhook.mcp_server.http import Keys, application, listening_socket
from offhook.mcp_server.run import lower
from offhook.mcp_server.server import make_server

LOCAL = ("127.0.0.1:80", "localhost:80", "[::1]:80")
KEYS = (CommandKey("desk", "operator", b"d" * 32), CommandKey("screen", "viewer", b"s" * 32))
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def guarded(keys: Sequence[CommandKey] = ()) -> Starlette:
    owners = {key.name: Access(Client(by=key.name, role=key.role), key.role) for key in KEYS}
    if not keys:
        return application(make_server(lambda: owners["screen"], version="1"), hosts=LOCAL, keys=None)
    bearer = Keys(keys, owners)
    return application(make_server(bearer.who_asks, version="1"), hosts=LOCAL, keys=bearer)


@asynccontextmanager
async def browser(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:80") as client,
    ):
        yield client


async def status(app: Starlette, **headers: str) -> int:
    usual = {"Accept": "application/json, text/event-stream", "Host": "localhost:80"}
    sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    async with browser(app) as client:
        return (await client.post("/mcp", json=PING, headers=sent)).status_code


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


async def opened(app: Starlette, **headers: str) -> int:
    usual = {"Accept": "application/json, text/event-stream", "Host": "localhost:80"}
    async with browser(app) as client:
        return (await client.post("/mcp", json=INITIALIZE, headers=usual | headers)).status_code


async def test_a_program_on_this_machine_needs_no_key() -> None:
    assert await opened(guarded()) == 200


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost:81"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"X_Forwarded_For": "192.0.2.1"}, 403),
        ({"Forwarded": "for=192.0.2.1"}, 403),
    ],
)
async def test_a_page_of_a_stranger_and_a_proxy_are_refused(headers: dict[str, str], answer: int) -> None:
    assert await status(guarded(), **headers) == answer


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer x", f"Basic {'d' * 32}", f"Bearer {'d' * 33}"])
async def test_with_keys_a_request_without_a_valid_key_is_refused(given: str | None) -> None:
    assert await status(guarded(KEYS), **({"Authorization": given} if given else {})) == 401


async def test_with_keys_a_valid_key_is_enough_also_through_a_proxy() -> None:
    key = {"Authorization": f"Bearer {'d' * 32}", "X-Forwarded-For": "192.0.2.1"}
    assert await opened(guarded(KEYS), **key) == 200


async def test_the_holder_of_a_key_has_its_name_and_its_role() -> None:
    found = await Keys(KEYS, {}).verify_token("s" * 32)
    assert found is not None
    assert (found.client_id, found.scopes) == ("screen", ["viewer"])


@pytest.mark.parametrize(
    ("key", "limit", "role"),
    [("operator", None, "operator"), ("operator", "viewer", "viewer"), ("viewer", "supervisor", "viewer")],
)
def test_the_option_of_the_command_lowers_the_role_of_a_key_and_never_raises_it(
    key: Role, limit: Role | None, role: Role
) -> None:
    assert lower(key, limit) == role


@pytest.mark.parametrize(
    ("address", "keys", "names", "error"),
    [
        ("0.0.0.0:0", False, [], "can be reached from other machines"),
        ("[::]:0", False, ["calls.example"], "can be reached from other machines"),
        ("0.0.0.0:0", True, [], "give the name that clients use with --allow-host"),
        ("192.0.2.1:0", False, [], "can be reached from other machines"),
        ("8765", False, [], "is not an address"),
        ("127.0.0.1:port", False, [], "is not an address"),
        ("127.0.0.1:99999", False, [], "is not an address"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(address: str, keys: bool, names: list[str], error: str) -> None:
    with pytest.raises(SettingsError, match=error):
        listening_socket(address, keys=keys, names=names)


def test_a_port_that_is_in_use_is_named() -> None:
    first, _ = listening_socket("127.0.0.1:0", keys=False, names=[])
    with first, pytest.raises(ServerError, match=r"^cannot listen at 127\.0\.0\.1:"):
        listening_socket(f"127.0.0.1:{first.getsockname()[1]}", keys=False, names=[])


def test_the_host_names_of_a_request_are_those_of_the_server() -> None:
    local, own = listening_socket("127.0.0.1:0", keys=False, names=[])
    every, further = listening_socket("0.0.0.0:0", keys=True, names=["calls.example", "desk.example:8443"])
    with local, every:
        port = local.getsockname()[1]
        assert own == [f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"]
        assert further == ["calls.example", "desk.example:8443", "calls.example:*"]


def test_without_the_extra_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = importlib.metadata.version

    def version(name: str) -> str:
        if name == "mcp":
            raise importlib.metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(OffhookError, match=r"it is not installed; run: pip install 'offhook\[mcp\]'$"):
        mcp()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`offhook mcp` on standard input and output."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    environ |= {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}
    with subprocess.Popen(
        [sys.executable, "-m", "offhook", "mcp"],
        cwd=tmp_path,
        env={**environ, "OFFHOOK_LOG_LEVEL": "DEBUG"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        yield program
        program.kill()


@pytest.mark.slow
def test_standard_output_has_nothing_but_the_protocol(command: subprocess.Popen[str]) -> None:
    out, err = command.communicate(f"not JSON\n{json.dumps(INITIALIZE)}\n", timeout=60)
    assert command.returncode == 0, err
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["result"]["serverInfo"]["name"] for answer in answers if "result" in answer] == ["offhook"]


@pytest.mark.slow
def test_ctrl_c_ends_the_command_while_it_waits_for_its_client(command: subprocess.Popen[str]) -> None:
    assert command.stdin is not None
    assert command.stdout is not None
    command.stdin.write(f"{json.dumps(INITIALIZE)}\n")
    command.stdin.flush()
    assert "offhook" in command.stdout.readline()
    command.send_signal(signal.SIGINT)
    assert command.wait(10) == -signal.SIGINT
