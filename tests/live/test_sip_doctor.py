"""`offhook sip doctor` on a real livekit-server, which stores its trunks and rules in Redis."""

import os

import psutil
import pytest
from livekit import api

from offhook.dev.redis import find_redis, local_redis
from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live


async def test_a_server_with_redis_stores_a_trunk(livekit_with_redis: LocalServer) -> None:
    server = livekit_with_redis
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as client:
        trunk = api.SIPInboundTrunkInfo(name="desk", numbers=["+1 (555) 777-0001"])
        made = await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))
        stored = await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())
    assert [one.numbers[0] for one in stored.items if one.sip_trunk_id == made.sip_trunk_id] == ["+1 (555) 777-0001"]


def test_redis_leaves_nothing_behind(livekit_with_redis: LocalServer) -> None:
    with local_redis(find_redis(os.environ)) as redis:
        assert psutil.pid_exists(redis.pid)
    assert not psutil.pid_exists(redis.pid)
