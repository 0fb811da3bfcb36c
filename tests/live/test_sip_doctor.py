"""`offhook sip doctor` on a real livekit-server, which stores its trunks and rules in Redis."""

import json
import os
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
from google.protobuf.json_format import ParseDict
from livekit import api
from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

from offhook.checks.sip import SipConfig, examine, fetch_config
from offhook.control.api import connect
from offhook.core.errors import OffhookError, RoomError, SettingsError
from offhook.dev.redis import find_redis, local_redis
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live


async def fetched(server: LocalServer, *, url: str = "", secret: str = "") -> SipConfig:
    options = {"url": url or server.url, "key": server.api_key, "secret": secret or server.api_secret}
    async with connect(**options) as opened:
        return await fetch_config(opened, ["desk"])


@pytest.fixture
async def client(livekit_with_redis: LocalServer) -> AsyncIterator[api.LiveKitAPI]:
    """The server's API; what a test stores is removed after the test."""
    server = livekit_with_redis
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as opened:
        yield opened
        for rule in (await opened.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())).items:
            await opened.sip.delete_dispatch_rule(
                api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule.sip_dispatch_rule_id)
            )
        for trunk in (await opened.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())).items:
            await opened.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk.sip_trunk_id))


async def apply(command: str, client: api.LiveKitAPI) -> None:
    """Do with the API what `lk` does with this command."""
    head, _, rest = command.replace("YOUR-CARRIERS-ADDRESS", "192.0.2.10").partition(" /dev/stdin <<'JSON'\n")
    own_id = re.search(r"--id (\S+)", head)
    data: Any = json.loads(rest.removesuffix("\nJSON"))
    if "dispatch create" in head:
        await client.sip.create_dispatch_rule(ParseDict(data, api.CreateSIPDispatchRuleRequest()))
    elif own_id and "inbound update" in head:
        await client.sip.update_inbound_trunk(own_id[1], ParseDict(data, SIPInboundTrunkInfo()))
    elif own_id:
        await client.sip.update_dispatch_rule(own_id[1], ParseDict(data, SIPDispatchRuleInfo()))


async def test_livekit_takes_the_printed_commands_and_the_faults_are_gone(
    livekit_with_redis: LocalServer, client: api.LiveKitAPI
) -> None:
    trunk = SIPInboundTrunkInfo(name="main", numbers=["+15550001111"])
    await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))
    rule = SIPDispatchRuleInfo(name="all", numbers=["1 555 000 1111"])
    rule.rule.dispatch_rule_direct.room_name = "lobby"
    await client.sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=rule))

    before = examine(await fetched(livekit_with_redis))
    assert {one.code for one in before.findings if one.severity != "note"} == {
        "no_rule",
        "open_trunk",
        "default_ringing_timeout",
        "default_max_call_duration",
        "open_rule",
        "rule_number_not_e164",
        "no_agent",
        "shared_room",
    }
    for subject in before.subjects:
        for command in subject.commands:
            await apply(command, client)

    after = examine(await fetched(livekit_with_redis), number="+15550001111")
    assert [one.code for one in after.findings if one.severity != "note"] == []
    assert after.path is not None
    assert after.path.rule is not None
    assert [one.agent_name for one in after.path.rule.room_config.agents] == ["desk"]


async def test_livekit_refuses_what_the_doctor_calls_a_conflict(
    livekit_with_redis: LocalServer, client: api.LiveKitAPI
) -> None:
    trunks = [SIPInboundTrunkInfo(name=name, numbers=["+15550002222"]) for name in ("one", "two")]
    await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunks[0]))
    with pytest.raises(api.TwirpError, match="Conflicting inbound SIP Trunks"):
        await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunks[1]))
    assert "conflicting_trunks" in {one.code for one in examine(SipConfig(trunks, [])).findings}


async def test_a_server_that_gives_no_trunks_says_why(livekit: LocalServer, livekit_with_redis: LocalServer) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"ws://127.0.0.1:{closed.getsockname()[1]}"
        tries: list[tuple[dict[str, str], type[OffhookError], str]] = [
            ({"url": nowhere}, RoomError, f"{nowhere} does not answer"),
            ({"secret": "x" * 32}, SettingsError, "refuses the key"),
        ]
        for options, kind, says in tries:
            with pytest.raises(kind, match=says):
                await fetched(livekit_with_redis, **options)
    with pytest.raises(RoomError, match="has no Redis, so it stores no trunks and no rules"):
        await fetched(livekit)


def test_redis_leaves_nothing_behind(livekit_with_redis: LocalServer) -> None:
    with local_redis(find_redis(os.environ)) as redis:
        assert psutil.pid_exists(redis.pid)
    assert not psutil.pid_exists(redis.pid)
