"""Outbound calls on a real server, with an emulated SIP service: `offhook dial` shows them and has a code for each."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.live.in_process import offhook

from offhook.cli.dial import _follow
from offhook.client import Client
from offhook.dev.server import LocalServer
from offhook.testing import Callee, Caller, SipService

pytestmark = pytest.mark.live

AGENT = Path(__file__).parents[1] / "unit" / "simulation" / "agents" / "caller_out.py"
CALLEES = [Callee(after=0.2, code=486), Callee(after=0.5), Callee(code=None)]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A worker, and the SIP service between it and the server."""

    sip: SipService
    stage: Any
    environ: dict[str, str]

    async def dial(self, *options: str, to: str = "+1 555 123 4567") -> tuple[int, str]:
        """Run `offhook dial`; return its exit code and its output."""
        command = ("dial", to, "--agent", "outbound", *options)
        done = await offhook(*command, folder=Path(self.environ["HOME"]), environ=self.environ)
        return done.code, done.out + done.err

    @property
    def phone(self) -> Caller:
        return self.sip.phones["phone"]


@pytest.fixture
async def exchange(livekit: LocalServer, worker_on: Any, tmp_path: Path) -> AsyncIterator[Exchange]:
    key: dict[str, Any] = {"api_key": livekit.api_key, "api_secret": livekit.api_secret, "trunks": ["ST_simulated"]}
    async with SipService(livekit.url, **key, callees=CALLEES) as sip:
        with ExitStack() as stack:
            running = worker_on(AGENT, replace(livekit, url=sip.url), tmp_path / "journal.db", "outbound")
            stage = await asyncio.to_thread(stack.enter_context, running)
            environ = {**livekit.variables(), "LIVEKIT_URL": sip.url, "PATH": "", "HOME": str(tmp_path)}
            yield Exchange(sip, stage, environ)


async def test_a_call_that_is_placed_from_the_terminal_is_seen_there_from_its_start_to_its_outcome(
    exchange: Exchange,
) -> None:
    code, shown = await exchange.dial()
    assert code == 60, shown
    assert "the phone is ringing" in shown
    assert "busy, SIP 486 Busy Here" in shown

    code, shown = await exchange.dial("--key", "ann", "--json")
    assert (code, json.loads(shown)) == (0, {"outcome": "answered", "detail": ""}), shown
    heard = await exchange.phone.hears(since=exchange.phone.joined_at)
    assert heard.started_at > exchange.phone.joined_at + 0.5  # not before the answer
    await exchange.phone.hang_up()

    code, shown = await exchange.dial("--key", "ann")
    assert code == 65, shown
    assert "has dialled with the key 'ann' already" in shown

    code, shown = await exchange.dial("--data", '{"give_up": true}')
    assert code == 64, shown
    await asyncio.wait_for(exchange.phone.left.wait(), 5)
    assert len(exchange.sip.requests) == 3


async def test_a_call_that_is_over_before_it_is_followed_is_told_so(
    livekit: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Client(url=livekit.url, key=livekit.api_key, secret=livekit.api_secret) as client:
        outcome, text = await _follow(client.call("dial-gone"), wait=False, quiet=False)
    assert outcome == "failed"
    assert text.startswith("the call was over before it could be followed (there is no room 'dial-gone'")
    assert capsys.readouterr().out == f"{text}\n"
