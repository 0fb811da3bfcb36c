"""`offhook check` against a real livekit-server: accepted, and refused for each reason."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.live.in_process import offhook

from offhook.checks.server import Access, check_clock, check_server
from offhook.checks.web import Route
from offhook.dev.server import LocalServer, local_server

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
CANARY = "canary-secret-of-at-least-thirty-two-signs"


@pytest.fixture
def access(livekit: LocalServer) -> Access:
    return Access(livekit.url, livekit.api_key, livekit.api_secret)


async def test_a_server_that_lets_us_in_tells_its_version(access: Access) -> None:
    found = await check_server(access, route=Route(), limit=3)
    assert found.state == "ok", found
    assert found.detail.startswith(f"{access.url}: key and secret accepted, livekit-server 1.")


async def test_a_wrong_secret_is_told_from_an_unknown_key(access: Access) -> None:
    secret = await check_server(replace(access, secret=CANARY), route=Route(), limit=3)
    key = await check_server(replace(access, key="canary-key"), route=Route(), limit=3)
    assert secret.detail == f"{access.url} has this key, but the secret is wrong"
    assert key.detail == f"{access.url} has no such key"
    assert "canary" not in f"{secret} {key}"


async def test_a_token_out_of_its_time_is_blamed_on_the_clock(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7200)
    assert "clock" in (await check_server(access, route=Route(), limit=3)).todo
    found = await check_clock(access, limit=3)
    assert (found.state, "7200 s ahead of" in found.detail or "7199 s ahead of" in found.detail) == ("warning", True)


async def test_the_same_clock_agrees(access: Access) -> None:
    assert (await check_clock(access, limit=3)).detail == "agrees with the server's"


async def test_a_server_that_has_gone_is_said(livekit_binary: Path) -> None:
    with local_server(livekit_binary) as server:
        gone = Access(server.url, server.api_key, server.api_secret)
    found = await check_server(gone, route=Route(), limit=3)
    assert (found.state, found.detail) == ("problem", f"no server listens at {gone.url}")


async def test_the_whole_command_on_a_real_server(livekit: LocalServer, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **livekit.variables()}
    began = time.monotonic()
    done = await offhook("check", ROOT / "agents" / "agent.py", "--json", folder=tmp_path, environ=environ)
    states = {one["name"]: one["state"] for one in done.json["checks"]}
    assert (done.code, done.json["ok"], states["server"], states["clock"]) == (0, True, "ok", "ok"), done
    assert time.monotonic() - began < 15
    assert livekit.api_secret not in done.out + done.err
