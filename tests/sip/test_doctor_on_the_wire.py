"""What `offhook sip doctor` says becomes of a call is what a real livekit-sip does with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import api
from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo
from tests.sip.conftest import Exchange

from offhook.checks.sip import CallPath, examine, fetch_config, match_call
from offhook.control.api import Api, connect
from offhook.testing.sip import SipPhone

pytestmark = pytest.mark.live

A, B, C = "+15550002001", "+15550002002", "+15550002003"
PLAIN, FOR_B, DIRECT, CALLEE = "+15551110001", "+15551110002", "+15551110003", "+15551110004"


def rule(name: str, trunk: str = "", **fields: list[str]) -> SIPDispatchRuleInfo:
    made = SIPDispatchRuleInfo(name=name, trunk_ids=[trunk] if trunk else [], **fields)  # type: ignore[arg-type]  # by name
    match name:
        case "direct":
            made.rule.dispatch_rule_direct.room_name = name
        case "callee":
            made.rule.dispatch_rule_callee.room_prefix = name
            made.rule.dispatch_rule_callee.randomize = True
        case _:
            made.rule.dispatch_rule_individual.room_prefix = name
    made.room_config.agents.add(agent_name="nobody")
    return made


@asynccontextmanager
async def opened(exchange: Exchange) -> AsyncIterator[Api]:
    server = exchange.server
    async with connect(url=server.url, key=server.api_key, secret=server.api_secret) as client:
        yield client


@asynccontextmanager
async def stored(exchange: Exchange, *rules: SIPDispatchRuleInfo) -> AsyncIterator[None]:
    """Store these rules while the block runs."""
    async with exchange.api() as client:
        requests = [api.CreateSIPDispatchRuleRequest(dispatch_rule=one) for one in rules]
        made = [await client.sip.create_dispatch_rule(one) for one in requests]
        try:
            yield
        finally:
            for one in made:
                gone = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=one.sip_dispatch_rule_id)
                await client.sip.delete_dispatch_rule(gone)


async def chosen(exchange: Exchange, client: Api, number: str, caller: str) -> str:
    """Call; return the first word of the room that livekit-sip makes, which is the name of the rule. Then give up."""
    async with SipPhone(caller) as phone:
        before = {room.name for room in await client.list_rooms()}
        leg = phone.call(number, exchange.sip.address)
        await leg.ringing()
        for _ in range(40):
            new = [room.name for room in await client.list_rooms() if room.name not in before]
            if new:
                await client.delete_room(new[0])
                await leg.ended()
                return new[0].partition("_")[0]
            await asyncio.sleep(0.05)
    return ""


def name_of(path: CallPath) -> str:
    return path.rule.name if path.rule else ""


async def test_the_doctor_names_the_rule_that_livekit_chooses(exchange: Exchange) -> None:
    async with exchange.api() as client:
        trunk = SIPInboundTrunkInfo(name="many", numbers=[A, B, "1 (555) 000-2003"], allowed_addresses=["127.0.0.1/32"])
        own_id = (await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))).sip_trunk_id
    rules = (
        rule("any", own_id),
        rule("number", own_id, numbers=[A]),
        rule("both", own_id, numbers=[B], inbound_numbers=[FOR_B]),
        rule("spaces", own_id, numbers=["1 (555) 000-2003"]),
        rule("direct", own_id, inbound_numbers=[DIRECT]),
        rule("callee", own_id, inbound_numbers=[CALLEE]),
    )
    calls = [(A, PLAIN), (B, PLAIN), (B, FOR_B), (C, PLAIN), (A, DIRECT), (A, CALLEE), (B, CALLEE)]
    async with stored(exchange, *rules), opened(exchange) as client:
        config = await fetch_config(client, ["nobody"])
        said = [name_of(match_call(config, *call)) for call in calls]
        seen = [await chosen(exchange, client, *call) for call in calls]
    assert seen == said
    assert said == ["number", "any", "both", "any", "direct", "number", "callee"]


async def test_a_rule_without_trunks_takes_a_call_that_no_trunk_takes(exchange: Exchange) -> None:
    async with stored(exchange, rule("open")), opened(exchange) as client:
        config = await fetch_config(client, ["nobody"])
        assert "open_rule" in {one.code for one in examine(config).findings}
        assert (
            await chosen(exchange, client, "+15557654321", PLAIN)
            == name_of(match_call(config, "+15557654321"))
            == "open"
        )
    async with opened(exchange) as client:
        assert match_call(await fetch_config(client), "+15557654321").code == "no_trunk"
        assert await chosen(exchange, client, "+15557654321", PLAIN) == ""
