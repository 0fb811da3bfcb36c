"""Fixtures: Redis, livekit-server, livekit-sip and a worker, for calls on the wire. Skipped without livekit-sip."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from livekit import api
from tests.live.conftest import Stage, livekit_binary, pytest_sessionfinish, pytest_unconfigure, staged
from tests.sip.scenarios import Line

from offhook.control.api import connect
from offhook.core.errors import ServerError
from offhook.dev.redis import find_redis, local_redis
from offhook.dev.server import LocalServer, local_server
from offhook.settings import load_settings
from offhook.testing.sip import LocalSip, SipLeg, SipPhone, find_sip, local_sip
from offhook.testing.sip.pcmu import decode, encode
from offhook.testing.sip.udp import Address
from offhook.testing.speech import Samples

__all__ = ["livekit_binary", "pytest_sessionfinish", "pytest_unconfigure"]

AGENT = Path(__file__).parent / "agents" / "wire.py"
CALLERS = itertools.count(15551230001)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if missing := _missing():
        terminalreporter.write_line(f"SKIPPED: ALL TESTS ON THE SIP WIRE: {missing}", red=True, bold=True)


def _missing() -> str:
    try:
        find_sip(load_settings().livekit_sip, os.environ)
        find_redis(os.environ)
    except ServerError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A telephone exchange on this machine: the server and the SIP service."""

    server: LocalServer
    sip: LocalSip

    async def number(
        self,
        number: str,
        *,
        agent: str = "wire",
        trunk: dict[str, object] | None = None,
        lobby: str = "",
        attributes: dict[str, str] | None = None,
    ) -> str:
        """Create a trunk and a rule for this number; returns the id of the trunk.

        `lobby` is one room for all calls; `attributes` are what the rule gives the phone.
        """
        async with self.api() as client:
            fields: dict[str, Any] = {
                "name": number,
                "numbers": [number],
                "allowed_addresses": ["127.0.0.1/32"],
                "include_headers": api.SIPHeaderOptions.SIP_X_HEADERS,
                **(trunk or {}),
            }
            wanted = api.SIPInboundTrunkInfo(**fields)
            made = await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=wanted))
            rule = api.SIPDispatchRuleInfo(trunk_ids=[made.sip_trunk_id], attributes=attributes)
            if lobby:
                rule.rule.dispatch_rule_direct.room_name = lobby
            else:
                rule.rule.dispatch_rule_individual.room_prefix = "call"
            rule.room_config.agents.add(agent_name=agent)
            await client.sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=rule))
            return made.sip_trunk_id

    async def delete(self, trunk: str) -> None:
        """Delete a trunk and its rules: a trunk for all numbers would take the calls of other tests."""
        async with self.api() as client:
            rules = await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest(trunk_ids=[trunk]))
            for rule in rules.items:
                if trunk in rule.trunk_ids:
                    gone = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
                    await client.sip.delete_dispatch_rule(gone)
            await client.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk))

    async def outbound(self, phone: Address, **options: Any) -> str:
        """Create a trunk that leads to this phone; returns its id."""
        async with self.api() as client:
            trunk = api.SIPOutboundTrunkInfo(
                name=f"to {phone[1]}",
                address=f"{phone[0]}:{phone[1]}",
                transport=api.SIPTransport.SIP_TRANSPORT_UDP,
                numbers=["+15550009000"],
                **options,
            )
            made = await client.sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=trunk))
            return made.sip_trunk_id

    def api(self) -> api.LiveKitAPI:
        return api.LiveKitAPI(self.server.url, self.server.api_key, self.server.api_secret)


@dataclass(frozen=True, slots=True)
class Wire:
    """Calls over SIP and RTP: a `Place` of the scenarios."""

    exchange: Exchange
    stage: Stage
    ends: dict[str, str] = field(default_factory=lambda: {"agent": "BYE", "leg": "BYE", "busy": "486 Rejected"})

    @asynccontextmanager
    async def call(self, dialled: str = "+15550001111", **headers: str) -> AsyncIterator[SipLeg]:
        named = {f"X-{name.title()}": value for name, value in headers.items()}
        async with SipPhone(f"+{next(CALLERS)}") as phone:
            yield phone.call(dialled, self.exchange.sip.address, headers=named)

    async def room(self, line: Line) -> str:
        """Wait for the room of this caller's number: no two calls have the same."""
        assert isinstance(line, SipLeg)
        number = line.dialog.local.partition("sip:")[2].partition("@")[0]
        server = self.exchange.server
        async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as opened, asyncio.timeout(5):
            while True:
                for room in await opened.list_rooms():
                    if number in room.name:
                        return room.name
                await asyncio.sleep(0.05)

    def carried(self, pcm: Samples) -> Samples:
        return decode(encode(pcm))

    async def answered(self, line: Line) -> float:
        assert isinstance(line, SipLeg)
        return await line.answered()


@pytest.fixture(scope="session")
def exchange(livekit_binary: Path) -> Iterator[Exchange]:
    if missing := _missing():
        pytest.skip(missing)
    binary = find_sip(load_settings().livekit_sip, os.environ)
    with (
        local_redis(find_redis(os.environ)) as redis,
        local_server(livekit_binary, redis=redis) as server,
        local_sip(binary, server, redis) as sip,
    ):
        running = Exchange(server, sip)
        asyncio.run(_numbers(running))
        yield running


async def _numbers(exchange: Exchange) -> None:
    for number in ("+15550001111", "+15550001112", "+15550001113"):
        await exchange.number(number)
    media = api.SIPMediaConfig(media_timeout=Duration(seconds=6))
    await exchange.number("+15550001114", trunk={"media": media})
    await exchange.number("+15550001115", lobby="lobby")


@pytest.fixture(scope="session")
def wire(exchange: Exchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    journal = tmp_path_factory.mktemp("wire") / "journal.db"
    with staged(AGENT, exchange.server, journal, "wire") as stage:
        yield Wire(exchange, stage)
